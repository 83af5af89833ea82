import { existsSync, readFileSync } from 'node:fs';

/** The version of the tool: of the first package.json upward from this file, in the sources as in the build. */
export function readVersion(): string {
  for (let folder = new URL('./', import.meta.url); ; ) {
    const file = new URL('package.json', folder);
    if (existsSync(file)) {
      const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
      const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
      return isManifest ? String(manifest.version) : 'unknown';
    }
    const parent = new URL('../', folder);
    if (parent.href === folder.href) return 'unknown';
    folder = parent;
  }
}
