// Reads arrays of a Zarr group with npm's zarrita, and writes them as JSON: node masks.mjs FOLDER ARRAY...
import * as zarr from 'zarrita';
import { FileSystemStore } from '@zarrita/storage';

const [folder, ...names] = process.argv.slice(2);
const group = await zarr.open(new FileSystemStore(folder), { kind: 'group' });
const arrays = {};
for (const name of names) {
    const { data, shape } = await zarr.get(await zarr.open(group.resolve(name), { kind: 'array' }));
    const isText = typeof data[0] === 'string';
    arrays[name] = { shape, values: isText ? [] : Array.from(data), texts: isText ? Array.from(data) : [] };
}

console.log(JSON.stringify(arrays));
