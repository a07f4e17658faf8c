import tailwindcss from '@tailwindcss/vite'
import { tanstackRouter } from '@tanstack/router-plugin/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env.HEADWATER_URL ?? 'http://127.0.0.1:5000'
const api = ['/ajax-api', '/api', '/get-artifact', '/version', '/health', '/graphql']

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
  },
  server: {
    proxy: Object.fromEntries(api.map((path) => [path, { target: server, changeOrigin: true }])),
  },
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node' },
}))
