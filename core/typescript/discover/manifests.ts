import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { Problem } from '../../model/report.js';

/** True for files that describe a project: package.json, tsconfig*.json and jsconfig.json. */
export function isConfigName(path: string): boolean {
  return /^(?:package|jsconfig|tsconfig[^/]*)\.json$/.test(posix.basename(path));
}

/** True for declaration files, which are context and never edited. */
export function isDeclarationFile(path: string): boolean {
  return /\.d(?:\.[^/]+)?\.[cm]?ts$/.test(path);
}

/**
 * Reads the configuration files that others extend, as far as they lie inside the project.
 *
 * @param configs texts by relative path; the files found are added to it
 * @param readText text of a file by relative path, `null` when it cannot be had
 */
export function addExtended(configs: Map<string, string>, readText: (path: string) => string | null): void {
  const waiting = [...configs.keys()].filter((path) => posix.basename(path) !== 'package.json');
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const target of extendedBy(path, configs.get(path) ?? '')) {
      const found = [target, `${target}.json`].find((name) => configs.has(name) || readText(name) !== null);
      if (found === undefined || configs.has(found)) continue;
      configs.set(found, readText(found) ?? '');
      waiting.push(found);
    }
  }
}

/** What is wrong with a configuration file, or `null`. TypeScript's own files may hold comments, package.json may not. */
export function configProblem(path: string, text: string): Problem | null {
  const isPackage = posix.basename(path) === 'package.json';
  const parsed = ts.parseConfigFileTextToJson(path, text);
  const value: unknown = isPackage
    ? parseStrict(text)
    : parsed.error === undefined
      ? parsed.config
      : undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return null;
  const start = parsed.error?.start;
  return {
    kind: 'config',
    message: `${path} is not valid JSON and was left out: repair it to have its settings used`,
    file: path,
    ...(start === undefined ? {} : { line: text.slice(0, start).split('\n').length }),
  };
}

function parseStrict(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function extendedBy(path: string, text: string): readonly string[] {
  const config: unknown = ts.parseConfigFileTextToJson(path, text).config;
  if (typeof config !== 'object' || config === null || !('extends' in config)) return [];
  const names: readonly unknown[] = Array.isArray(config.extends) ? config.extends : [config.extends];
  return names
    .filter((name) => typeof name === 'string')
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(path), name))
    .filter((target) => !target.startsWith('../'));
}
