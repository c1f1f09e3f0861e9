// Reads arrays of a Zarr group with npm's zarrita, and writes them as JSON: node masks.mjs FOLDER ARRAY...
import * as zarr from 'zarrita';
import { FileSystemStore } from '@zarrita/storage';

const [folder, ...names] = process.argv.slice(2);
const group = await zarr.open(new FileSystemStore(folder), { kind: 'group' });
const arrays = {};
for (const name of names) {
    const { data, shape } = await zarr.get(await zarr.open(group.resolve(name), { kind: 'array' }));
    arrays[name] = { shape, values: Array.from(data) };
}

console.log(JSON.stringify(arrays));
