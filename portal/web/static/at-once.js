// Sends the one form of a page that asks its reader nothing; without scripts its button does.

document.querySelector('form[data-at-once]')?.requestSubmit()
