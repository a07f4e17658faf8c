// Runs before the first paint, so that a chosen theme or density never flashes. A file of its own: the page's
// Content-Security-Policy allows no inline script.
try {
  const theme = localStorage.getItem('headwater.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  if (localStorage.getItem('headwater.density') === 'compact')
    document.documentElement.dataset.density = 'compact'
} catch {
  // Storage may be switched off; the page then follows the system.
}
