import { defineConfig } from '@playwright/test'

// Against a running server that e2e/seed.py has filled: HEADWATER_URL says where it is.

const DESKTOP = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }

export default defineConfig({
  testDir: 'e2e',
  workers: 2,
  retries: 0,
  timeout: 90_000,
  // A slow machine is no fault of the page's.
  expect: { timeout: 20_000 },
  reporter: 'line',
  use: {
    baseURL: process.env.HEADWATER_URL ?? 'http://127.0.0.1:5000',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'desktop-light', use: { viewport: DESKTOP, colorScheme: 'light' } },
    {
      name: 'desktop-dark',
      use: { viewport: DESKTOP, colorScheme: 'dark' },
      testMatch: /pages|hostile/,
    },
    {
      name: 'phone-light',
      use: { viewport: PHONE, colorScheme: 'light', hasTouch: true },
      testMatch: /pages/,
    },
    {
      name: 'phone-dark',
      use: { viewport: PHONE, colorScheme: 'dark', hasTouch: true },
      testMatch: /pages/,
    },
  ],
})
