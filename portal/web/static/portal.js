import { initAll } from './govuk/govuk-frontend.min.js'

initAll()

// A large file takes a while, and nothing on the page would say that anything is happening.
for (const form of document.querySelectorAll('.portal-upload')) {
  form.addEventListener('submit', () => {
    if (form.elements.namedItem('file').files.length) {
      const status = form.querySelector('.portal-sending')
      status.textContent = status.dataset.words
    }
  })
}

if (document.querySelector('.portal-passkey')) {
  import('./passkeys.js').then(({ initPasskeys }) => initPasskeys())
}
