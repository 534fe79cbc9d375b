// Runs a WASI program, which may reach the current folder and those of the files named to it by absolute paths:
// node run_wasi.mjs PROGRAM [ARGUMENT...]
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { WASI } from 'node:wasi';

const args = process.argv.slice(2);
const folders = ['.', ...args.filter(isAbsolute).map(dirname)];
const preopens = Object.fromEntries(folders.map((folder) => [folder, folder]));
const wasi = new WASI({ version: 'preview1', args, preopens, returnOnExit: true });
const imports = { wasi_snapshot_preview1: wasi.wasiImport };
const { instance } = await WebAssembly.instantiate(await readFile(args[0]), imports);
process.exit(wasi.start(instance));
