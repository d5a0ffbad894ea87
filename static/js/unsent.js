// Puts back what an ended login kept from being sent: into the form it fits best.
const kept = document.getElementById("unsent");
const typed = new Map();
for (const [name, value] of JSON.parse(kept.textContent)) typed.set(name, [...(typed.get(name) ?? []), value]);
const closed = ["hidden", "file", "submit", "password"];
const fields = (form) => [...form.elements].filter((field) => field.name && !closed.includes(field.type));
const fits = (form) => fields(form).filter((field) => typed.has(field.name)).length;
const best = [...document.forms].filter((form) => form.method === "post").sort((a, b) => fits(b) - fits(a))[0];
if (best && fits(best)) {
  for (const field of fields(best)) {
    const values = typed.get(field.name) ?? [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (field.multiple) for (const option of field.options) option.selected = values.includes(option.value);
    else if (values.length) field.value = values.shift();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.querySelector("[data-unsent-filled]").hidden = false;
}
