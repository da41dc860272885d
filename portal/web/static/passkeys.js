// Passkeys: the button asks the service what to ask the browser, and sends the browser's answer as a field of its form.

const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), each => each.charCodeAt(0))

const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

const known = list => (list ?? []).map(each => ({ ...each, id: bytes(each.id) }))

const acts = {
  create: asked => navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: known(asked.excludeCredentials)
    }
  }),
  get: asked => navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: known(asked.allowCredentials) }
  })
}

// Written out, because not every browser that has passkeys can say them as JSON by itself.
function written ({ id, rawId, type, response }) {
  const parts = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
  const said = parts.filter(name => response[name]).map(name => [name, text(response[name])])
  return JSON.stringify({ id, rawId: text(rawId), type, response: Object.fromEntries(said) })
}

class Unanswered extends Error {}

async function ask (address, form) {
  const body = new URLSearchParams({ csrf_token: form.elements.namedItem('csrf_token').value })
  const headers = { Accept: 'application/json' }
  const answer = await fetch(address, { method: 'POST', body, headers }).catch(() => { throw new Unanswered() })
  const said = await answer.json().catch(() => { throw new Unanswered() })
  return { status: answer.status, said }
}

function prepare (place) {
  const form = place.querySelector('form')
  const field = form.elements.namedItem('passkey')
  const alert = place.querySelector('[data-said]')
  let busy = false // also once the form is sent: an answer works once, and a second press would send it again

  function say (words) {
    const line = document.createElement('p')
    line.className = 'govuk-error-message'
    line.textContent = words
    alert.replaceChildren(line)
    busy = false
  }

  async function use () {
    alert.replaceChildren()
    const { status, said } = await ask(place.dataset.options, form)
    // Who has to confirm first that it is they is led there by the form.
    if (status === 403) return form.submit()
    if (status !== 200) return say(said.detail)
    field.value = written(await acts[place.dataset.act](said))
    form.submit()
  }

  function explain (error) {
    const fault = error instanceof Unanswered ? 'unreachable' : error.name === 'InvalidStateError' ? 'known' : 'unused'
    say(place.querySelector(`[data-fault="${fault}"]`).textContent)
  }

  form.addEventListener('submit', event => {
    event.preventDefault()
    if (busy) return
    busy = true
    field.value = ''
    use().catch(explain)
  })
  window.addEventListener('pageshow', () => { busy = false })
  place.querySelector('[data-without]').hidden = true
  form.hidden = false
}

export function initPasskeys () {
  if (!window.PublicKeyCredential) return
  for (const place of document.querySelectorAll('.portal-passkey')) prepare(place)
}
