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

// A zip (APPNOTE 6.3, stored, names in UTF-8) of [{path, file}], and the files that can't be read.
async function zipped(name, entries) {
  const parts = []
  const directory = []
  const unreadable = []
  let offset = 0
  for (const { path, file } of entries) {
    const content = await file.arrayBuffer().catch(() => null)
    if (!content) {
      unreadable.push(file)
      continue
    }
    const bytes = new Uint8Array(content)
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
  const count = directory.length / 2
  const end = packed(
    [0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [size, 4], [offset, 4], [0, 2],
  )
  const zip = new File([...parts, ...directory, end], name, { type: 'application/zip' })
  return { zip, unreadable }
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
    const name = groups.length > 1 ? `${title} (${n + 1}).zip` : `${title}.zip`
    const { zip, unreadable } = await zipped(name, group)
    zips.push(zip)
    rest.push(...unreadable) // the uploader says what is wrong with them
  }
  return [...zips, ...rest]
}

// Where a file lies: core leaves out what is in hidden folders, but the one that was given is meant.
const placed = (path) => path.replace(/^\/?\.*(?=[^/]+\/)/, '')

const read = (reader) => new Promise((done, failed) => reader.readEntries(done, failed))
const fileOf = (entry) => new Promise((done, failed) => entry.file(done, failed))
// What can't be had is named all the same, as an empty file.
const nothing = (entry) => new File([], entry.name)

// All files of dropped files and folders, as [{path, file}].
async function filesIn(entries) {
  const found = []
  for (const entry of entries) {
    const path = placed(entry.fullPath)
    if (entry.isFile) {
      found.push({ path, file: await fileOf(entry).catch(() => nothing(entry)) })
      continue
    }
    const reader = entry.createReader()
    try {
      for (let some = await read(reader); some.length; some = await read(reader)) // 100 at a time
        found.push(...(await filesIn(some)))
    } catch {
      found.push({ path, file: nothing(entry) })
    }
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

// A reading that began meanwhile has put a new uploader in the place of this one.
function present(input) {
  if (input.isConnected) return input
  const alike = (one) => one.multiple && one.webkitdirectory === input.webkitdirectory
  return [...document.querySelectorAll(INPUT)].find(alike)
}

// Hold an event back until the files it brings are packed.
async function instead(event, input, coming, name = '') {
  event.preventDefault()
  event.stopImmediatePropagation()
  const zone = input.closest(ZONE)
  // The zone never hears of the drop: for it, what was dragged leaves again.
  for (const part of [zone, ...zone.querySelectorAll('*')])
    part.dispatchEvent(new DragEvent('dragleave', { bubbles: true }))
  zone.setAttribute('data-packing', '')
  try {
    const given = await coming
    const files = given.length ? await fewer(given) : [(await zipped(`${name}.zip`, [])).zip]
    const now = present(input)
    if (now) give(now, files)
  } finally {
    zone.removeAttribute('data-packing')
  }
}

function chosen(event) {
  const input = event.target
  if (own.has(event) || !input.matches?.(INPUT) || input.files.length < MANY) return
  const given = [...input.files].map((file) => ({
    path: placed(file.webkitRelativePath || file.name), file,
  }))
  instead(event, input, given)
}

function dropped(event) {
  const input = event.target.closest?.(ZONE)?.querySelector(INPUT)
  if (!input || input.disabled || !input.multiple) return
  // Both must be taken now: they are gone when the event is over.
  const files = [...event.dataTransfer.files].map((file) => ({ path: file.name, file }))
  const items = [...event.dataTransfer.items].filter((item) => item.kind === 'file')
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean)
  const folder = entries.find((entry) => entry.isDirectory)
  if (folder && entries.length === items.length)
    instead(event, input, filesIn(entries), folder.name)
  else if (files.length >= MANY) instead(event, input, files)
}

export default function () {
  if (window.gridscopePacksFiles) return // the listeners outlive the element that brought them
  window.gridscopePacksFiles = true
  document.addEventListener('change', chosen, true)
  document.addEventListener('drop', dropped, true)
}
