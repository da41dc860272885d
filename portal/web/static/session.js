// Warns some minutes before the session ends, and lets its owner stay without leaving the page or what they typed.

const WARN = 5 * 60 * 1000
const dialog = document.getElementById('session-end')
const left = Number(dialog.parentElement.dataset.left)
const title = dialog.querySelector('h2')
const words = dialog.querySelector('p')
const button = document.getElementById('session-end-stay')
const signIn = document.getElementById('session-end-sign-in')
const firstTitle = title.textContent
const firstButton = button.textContent
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('portal-session') : null
let ends = 0
let last = false
let noted = false // the last warning was read
let told = false // that it is over was said
let asking = false

function endsIn (seconds) {
  ends = Date.now() + seconds * 1000
  last = false
  noted = false
  told = false
  if (dialog.open && seconds * 1000 > WARN) dialog.close()
}

function say (text) {
  // Only what has changed is read out.
  if (words.textContent !== text) words.textContent = text
}

function open () {
  if (dialog.open) return
  dialog.showModal()
  dialog.focus()
}

function warn (left) {
  const minutes = Math.ceil(left / 60000)
  title.textContent = firstTitle
  button.textContent = last ? dialog.dataset.close : firstButton
  signIn.hidden = true
  const text = minutes < 2 && !last ? dialog.dataset.atOnce : last ? dialog.dataset.last : dialog.dataset.soon
  say(text.replace('{count}', minutes))
  open()
}

function over () {
  title.textContent = dialog.dataset.overTitle
  button.textContent = dialog.dataset.close
  signIn.hidden = false
  say(dialog.dataset.over)
  told = true
  open()
}

function look () {
  const left = ends - Date.now()
  if (left <= 0) {
    if (!told) over()
  } else if (left <= WARN && !noted) {
    // While a file is being sent the service hears from us.
    if (document.querySelector('.portal-sending:not(:empty)')) stay()
    else warn(left)
  }
}

async function stay () {
  if (asking) return
  asking = true
  try {
    const token = document.querySelector('input[name=csrf_token]').value
    const answer = await fetch(dialog.dataset.stay, {
      method: 'POST',
      body: new URLSearchParams({ csrf_token: token }),
      headers: { Accept: 'application/json' },
      redirect: 'error'
    })
    if (answer.status === 401) {
      ends = 0
      over()
      return
    }
    if (!answer.ok) throw new Error()
    const { left } = await answer.json()
    endsIn(left)
    tabs?.postMessage(left)
    if (left * 1000 <= WARN) {
      last = true
      warn(left * 1000)
    }
  } catch {
    say(dialog.dataset.failed)
  } finally {
    asking = false
  }
}

function leave () {
  if (!told && !last) {
    stay()
  } else {
    noted = true
    dialog.close()
  }
}

button.addEventListener('click', leave)
dialog.addEventListener('cancel', (event) => {
  event.preventDefault()
  leave()
})
document.addEventListener('visibilitychange', look)
tabs?.addEventListener('message', (event) => endsIn(event.data))
endsIn(left)
tabs?.postMessage(left)
setInterval(look, 5000)
