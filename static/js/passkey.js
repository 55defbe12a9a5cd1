// Passkeys: a form with data-passkey asks the browser for one and sends what it answers.
//   data-passkey="fetch"   signing in: the challenge is fetched from the form's address
//   data-passkey="use"     a second step or a confirmation: the challenge is in #passkey-data
//   data-passkey="create"  a new one, by the creation options in #passkey-data

/** @type {any} allauth's own script, which comes before this one */
const webauthn = /** @type {any} */ (window).webauthnJSON;
/** @typedef {HTMLFormElement & { elements: any }} PasskeyForm */

/** @param {PasskeyForm} form */
async function challenge(form) {
  if (form.dataset.passkey !== "fetch") return JSON.parse(document.getElementById("passkey-data")?.textContent ?? "");
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("no challenge");
  return answer.json();
}

/**
 * @param {PasskeyForm} form
 * @param {any} options
 */
function creation(form, options) {
  const alone = form.elements.passwordless?.checked ?? false;
  const wanted = options.publicKey.authenticatorSelection;
  wanted.residentKey = alone ? "required" : "discouraged";
  wanted.requireResidentKey = alone;
  if (alone) wanted.userVerification = "required";
  return options;
}

/** @param {PasskeyForm} form */
async function ask(form) {
  const data = await challenge(form);
  if (form.dataset.passkey === "create") return webauthn.create(creation(form, data.creation_options));
  return webauthn.get(data.request_options);
}

/** @type {NodeListOf<PasskeyForm>} */
const forms = document.querySelectorAll("form[data-passkey]");

for (const form of forms) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-passkey-failed]");
    if (!(failed instanceof HTMLElement)) return;
    failed.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(await ask(form));
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
