import { ts } from 'ts-morph';
import type { ProjectInput } from '../../model/project.js';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A manifest of the project; comments are allowed in all of them. */
export function readJson(project: ProjectInput, path: string): Json | undefined {
  const text = project.manifests.get(path);
  const value: unknown = text === undefined ? undefined : ts.parseConfigFileTextToJson(path, text).config;
  return isObject(value) ? value : undefined;
}

/** A string, the strings of a list, or those of all conditions of an object. */
export function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  return isObject(value) ? Object.values(value).flatMap(stringsIn) : [];
}
