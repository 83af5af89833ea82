import { ts } from 'ts-morph';
import { nodeDeclarations } from '../../catalog/index.js';
import type { PromiseForm } from '../../catalog/schema.js';
import type { Piece } from '../../model/edit.js';
import { newestMajor } from '../read/package-facts.js';
import { rangeOf, unwrap } from '../read/syntax.js';
import { releaseImport } from './import-changes.js';
import { importMember, specifierOf } from './imports.js';
import { keep, text } from './pieces.js';
import { promisifiedCallee } from './promisified.js';
import type { Rewriter } from './rewriter.js';

type ModuleForm = Extract<PromiseForm, { kind: 'module' }>;

/**
 * The callee of a call whose promise form lives in another module: `fs.promises.readFile` where the old module is at
 * hand as an object, else a name that is imported once for the file.
 */
export function moduleCallee(
  rewriter: Rewriter,
  call: ts.CallExpression,
  form: ModuleForm,
  group: string,
): Piece[] {
  const file = call.getSourceFile();
  const callee = unwrap(call.expression);
  const known = knownForm(rewriter, call, form);
  if (known === 'callback') {
    const promisified = promisifiedCallee(rewriter, { call, isMethod: false, member: form.member, group });
    if (promisified !== undefined) return [...promisified.callee];
  }
  if (ts.isPropertyAccessExpression(callee) && form.through !== undefined) {
    return [keep(file, rangeOf(callee.expression)), text(`.${form.through}.${form.member}`)];
  }
  if (known === 'member' && form.through !== undefined)
    return [text(`${memberName(rewriter, call, form, form.through, group)}.${form.member}`)];
  return [text(importedName(rewriter, call, form, group))];
}

/** What the declarations that a project checks its types with know of a module of promises. */
function knownForm(
  { notes }: Rewriter,
  call: ts.CallExpression,
  { since }: ModuleForm,
): 'module' | 'member' | 'callback' {
  if (since === undefined || !/\.[cm]?tsx?$/.test(notes.session.pathOf(call))) return 'module';
  const range = notes.facts.rangeOf(nodeDeclarations);
  const major = range === undefined ? undefined : newestMajor(range);
  if (major === undefined || major >= since.module) return 'module';
  return major >= since.through ? 'member' : 'callback';
}

/** Imports the promise form of a call once per file and gives the name it has there. */
function importedName(rewriter: Rewriter, call: ts.CallExpression, form: ModuleForm, group: string): string {
  const callee = unwrap(call.expression);
  const use = ts.isIdentifier(callee) ? callee : undefined;
  const old = use === undefined ? '' : specifierOf(rewriter, use);
  const specifier = old.startsWith('node:') ? `node:${form.module}` : form.module;
  if (use !== undefined) releaseImport(rewriter, use, group);
  return importMember(rewriter, call.getSourceFile(), { specifier, member: form.member, group, use }).name;
}

/** `promises` of `fs`, imported where `readFileSync` is. */
function memberName(
  rewriter: Rewriter,
  call: ts.CallExpression,
  form: ModuleForm,
  member: string,
  group: string,
): string {
  const callee = unwrap(call.expression);
  const base = form.module.slice(0, form.module.lastIndexOf('/'));
  const old = specifierOf(rewriter, callee);
  const specifier = old === '' ? base : old;
  if (ts.isIdentifier(callee)) releaseImport(rewriter, callee, group);
  const otherwise = `${base}${member.charAt(0).toUpperCase()}${member.slice(1)}`;
  return importMember(rewriter, call.getSourceFile(), { specifier, member, otherwise, group }).name;
}
