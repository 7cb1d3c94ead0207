// Many small files become one zip before Streamlit's uploader sees them: it draws its whole list anew
// twice a file, so that 1,000 files take a minute and freeze the page. See docs/decisions/0028.
const MANY = 25 // files; fewer are uploaded one by one, and listed by name
const SMALL = 8 * 2 ** 20 // bytes; larger files are uploaded as they are
const ZIP_BYTES = 64 * 2 ** 20
const ZIP_FILES = 4000 // core takes 5,000 of an archive
const ARCHIVE = /\.(zip|tar|t[gbx]z2?|tar\.\w+)$/i // archives inside an archive are not opened
const INPUT = 'input[data-testid="stFileUploaderDropzoneInput"]'
const ZONE = '[data-testid="stFileUploaderDropzone"]'

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n
})

function crc32(bytes) {
  let crc = ~0
  for (let i = 0; i < bytes.length; i++) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return ~crc >>> 0
}

// Little-endian numbers, [value, bytes] each.
function packed(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, size]) => sum + size, 0)))
  let at = 0
  for (const [value, size] of fields) {
    size === 2 ? view.setUint16(at, value, true) : view.setUint32(at, value, true)
    at += size
  }
  return view.buffer
}

// A zip (APPNOTE 6.3, stored, names in UTF-8) of [{path, file}].
async function zipped(name, entries) {
  const parts = []
  const directory = []
  let offset = 0
  for (const { path, file } of entries) {
    const bytes = new Uint8Array(await file.arrayBuffer())
    const title = new TextEncoder().encode(path)
    // Version 2.0; names in UTF-8; stored; 1 January 1980; then the sizes.
    const common = [
      [20, 2], [0x800, 2], [0, 2], [0, 2], [0x21, 2],
      [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [title.length, 2], [0, 2],
    ]
    parts.push(packed([0x04034b50, 4], ...common), title, bytes)
    const where = [[0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]
    directory.push(packed([0x02014b50, 4], [20, 2], ...common, ...where), title)
    offset += 30 + title.length + bytes.length
  }
  const size = directory.reduce((sum, part) => sum + part.byteLength, 0)
  const count = entries.length
  const end = packed(
    [0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [size, 4], [offset, 4], [0, 2],
  )
  return new File([...parts, ...directory, end], name, { type: 'application/zip' })
}

// The files that the uploader is to have in place of [{path, file}].
async function fewer(given) {
  const groups = []
  const rest = []
  let room = 0
  for (const one of given) {
    if (one.file.size > SMALL || ARCHIVE.test(one.path)) {
      rest.push(one.file)
      continue
    }
    const group = groups[groups.length - 1]
    if (!group || one.file.size > room || group.length === ZIP_FILES) {
      groups.push([one])
      room = ZIP_BYTES - one.file.size
    } else {
      group.push(one)
      room -= one.file.size
    }
  }
  const folders = new Set(given.map(({ path }) => (path.includes('/') ? path.split('/')[0] : '')))
  const folder = folders.size === 1 ? [...folders][0] : ''
  const zips = []
  for (const [n, group] of groups.entries()) { // in turn: one at a time is in memory
    const title = folder || `${group.length.toLocaleString('en')} files`
    zips.push(await zipped(groups.length > 1 ? `${title} (${n + 1}).zip` : `${title}.zip`, group))
  }
  return [...zips, ...rest]
}

const read = (reader) => new Promise((done, failed) => reader.readEntries(done, failed))
const fileOf = (entry) => new Promise((done, failed) => entry.file(done, failed))

// All files of dropped files and folders, as [{path, file}].
async function filesIn(entries) {
  const found = []
  for (const entry of entries) {
    if (entry.isFile) {
      found.push({ path: entry.fullPath.replace(/^\//, ''), file: await fileOf(entry) })
      continue
    }
    const reader = entry.createReader()
    for (let some = await read(reader); some.length; some = await read(reader)) // 100 at a time
      found.push(...(await filesIn(some)))
  }
  return found
}

const own = new WeakSet() // changes that come from here

function give(input, files) {
  const box = new DataTransfer()
  for (const file of files) box.items.add(file)
  input.files = box.files
  const event = new Event('change', { bubbles: true })
  own.add(event)
  input.dispatchEvent(event)
}

// Hold an event back until the files it brings are packed; what can't be packed comes one by one.
async function instead(event, input, files, inFolders = null) {
  event.preventDefault()
  event.stopImmediatePropagation()
  const given = (await inFolders?.catch(() => null)) ?? files
  give(input, await fewer(given).catch(() => given.map(({ file }) => file)))
}

function chosen(event) {
  const input = event.target
  if (own.has(event) || !input.matches?.(INPUT) || input.files.length < MANY) return
  const given = [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
  instead(event, input, given)
}

function dropped(event) {
  const input = event.target.closest?.(ZONE)?.querySelector(INPUT)
  if (!input || input.disabled || !input.multiple) return
  // Both must be taken now: they are gone when the event is over.
  const files = [...event.dataTransfer.files].map((file) => ({ path: file.name, file }))
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.())
  if (entries.length && entries.every(Boolean) && entries.some((entry) => entry.isDirectory))
    instead(event, input, files, filesIn(entries))
  else if (files.length >= MANY) instead(event, input, files)
}

export default function () {
  if (window.gridscopePacksFiles) return // the listeners outlive the element that brought them
  window.gridscopePacksFiles = true
  document.addEventListener('change', chosen, true)
  document.addEventListener('drop', dropped, true)
}
