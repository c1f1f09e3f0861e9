// Reads a file of vectors with libraries of npm, and writes it as JSON: node foreign.mjs rows|schema <file>
import { readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const [verb, path] = process.argv.slice(2);
const bytes = readFileSync(path);

function plain(value) {
    if (value === null || typeof value === 'string' || typeof value === 'number') return value;
    return Array.from(value, plain);
}

function write(rows) {
    console.log(JSON.stringify(rows.map(row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])))));
}

if (verb === 'schema') {
    console.log(tableFromIPC(bytes).schema.fields.map(field => `${field}`).join('\n'));
} else if (path.endsWith('.arrow')) {
    write(tableFromIPC(bytes).toArray().map(row => row.toJSON()));
} else {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    write(await parquetReadObjects({ file, compressors }));
}
