import { ts } from 'ts-morph';

/** Whether a file is part of the published package, by the `files` of package.json. */
export function publishedIn(manifest: string | undefined): (path: string) => boolean {
  const files = filesOf(manifest);
  if (files === undefined) return () => true;
  const tests = files.map(testFor);
  return (path) => tests.some((test) => test(path));
}

function filesOf(manifest: string | undefined): string[] | undefined {
  if (manifest === undefined) return undefined;
  const parsed: unknown = ts.parseConfigFileTextToJson('package.json', manifest).config;
  const files = typeof parsed === 'object' && parsed !== null && 'files' in parsed ? parsed.files : undefined;
  return Array.isArray(files) ? files.filter((entry) => typeof entry === 'string') : undefined;
}

/** `lib`, `lib/`, `lib/**`, `lib/*.js`, `*.js`, `index.js`; anything less plain covers nothing. */
function testFor(entry: string): (path: string) => boolean {
  const plain = entry.replace(/^\.?\/+/, '').replace(/\/+$/, '');
  if (plain === '' || plain === '.' || plain === '*' || plain === '**' || plain === '**/*') return () => true;
  const pattern = /^(?:(.*)\/)?\*(?:\.(?:js|\*))?$/.exec(plain);
  if (pattern === null) return (path) => path === plain || path.startsWith(`${plain}/`);
  const folder = pattern[1]?.replace(/\/?\*\*$/, '') ?? '';
  const isDeep = pattern[1]?.endsWith('**') === true || plain.endsWith('/*') || plain.endsWith('**');
  if (folder.includes('*')) return () => false;
  return (path) => {
    if (folder !== '' && !path.startsWith(`${folder}/`)) return false;
    const rest = folder === '' ? path : path.slice(folder.length + 1);
    return isDeep || !rest.includes('/');
  };
}
