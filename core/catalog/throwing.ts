/** Functions of the language that are called with texts of others and throw where one is malformed. */
const throwing: Readonly<Record<string, readonly string[]>> = {
  JSON: ['parse'],
  decodeURI: [],
  decodeURIComponent: [],
  BigInt: [],
};

/** True for `JSON.parse` and `decodeURIComponent`. */
export function throwsByDesign(name: string, member: string | null): boolean {
  if (!Object.hasOwn(throwing, name)) return false;
  const members = throwing[name] ?? [];
  return member === null ? members.length === 0 : members.includes(member);
}
