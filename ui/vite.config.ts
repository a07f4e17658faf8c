import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import tailwindcss from '@tailwindcss/vite'
import { tanstackRouter } from '@tanstack/router-plugin/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env.HEADWATER_URL ?? 'http://127.0.0.1:5000'
const script = /<script>(.*?)<\/script>/s.exec(readFileSync('index.html', 'utf8'))?.[1] ?? ''
const fingerprint = createHash('sha256').update(script).digest('base64')
/** The policy that the page has to live with wherever it is served. */
const policy = `default-src 'self'; script-src 'self' 'sha256-${fingerprint}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-src 'self' blob:`
const api = [
  '/ajax-api',
  '/api',
  '/get-artifact',
  '/model-versions',
  '/version',
  '/health',
  '/graphql',
  '/openapi.json',
]

const proxy = Object.fromEntries(api.map((path) => [path, { target: server, changeOrigin: true }]))

export default defineConfig(({ command }) => ({
  // Relative, so that one build serves under any static prefix: the page's <base> decides.
  base: command === 'build' ? './' : '/',
  plugins: [
    tanstackRouter({ target: 'react', autoCodeSplitting: true, quoteStyle: 'single' }),
    react(),
    tailwindcss(),
  ],
  resolve: { alias: { '~': new URL('./src', import.meta.url).pathname } },
  build: {
    target: 'es2023',
    // A data: URL would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // A few files rather than many tiny ones: what every page needs, and what most pages share.
          groups: [
            {
              name: 'vendor',
              test: /node_modules[\\/](react|react-dom|scheduler|valibot|@tanstack[\\/](react-router|router-core|history|react-query|query-core|react-store|store))[\\/]/,
            },
            { name: 'parts', minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy },
  preview: { proxy, headers: { 'content-security-policy': policy } },
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node' },
}))
