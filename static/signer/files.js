// From chosen or dropped files, or a chosen folder, to pairs of certificate and key. Only names and certificates
// are read here; a key file's bytes are read when the member signs.

import { SignerRefusal } from './refusal.js';

const MAX_FILES = 2000;

/** {folder, certificate, key} per folder; a key without certificate is left out. */
export function pairFiles(named) {
  const folders = new Map();
  let pfx = false;
  for (const { path, file } of named.slice(0, MAX_FILES)) {
    const cut = path.lastIndexOf('/') + 1;
    const [folder, name] = [path.slice(0, cut), path.slice(cut).toLowerCase()];
    if (/\.(pfx|p12)$/.test(name)) pfx = true;
    const role = /\.(der|cer|crt)$/.test(name) ? 'certificate' : /\.key$/.test(name) ? 'key' : '';
    if (!role) continue;
    // the encryption pair lies beside the signing pair: kept apart by its name
    const pair = `${folder}${name.startsWith('km') ? 'km' : 'sign'}`;
    if (!folders.has(pair)) folders.set(pair, { folder, certificate: null, key: null });
    folders.get(pair)[role] = file;
  }
  const pairs = [...folders.values()].filter((pair) => pair.certificate);
  if (!pairs.length && pfx) throw new SignerRefusal('PFX_NOT_YET');
  return pairs;
}

/**
 * Takes the files out of an <input>, with the path below the chosen folder. Left in it, files of the same names
 * (every NPKI folder has them) may pass for the same choice, and no browser reports a choice that is the same.
 */
export function filesOfInput(input) {
  const named = [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  input.value = '';
  return named;
}

/**
 * Files of a drop, or null when a folder was dropped: a page with an opaque origin may know that it is a
 * folder but cannot look into it (EncodingError in Chromium). The folder picker can.
 */
export function filesOfDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.());
  if (entries.some((entry) => entry?.isDirectory)) return null;
  return [...transfer.files].map((file) => ({ path: file.name, file }));
}

export async function bytesOf(file) {
  return new Uint8Array(await file.arrayBuffer());
}
