/** What a transform says about itself; lists and documentation are made from it. */
export interface TransformMeta {
  readonly id: string;
  /** A seed starts from a call and can be chosen; a consequence comes along with seeds. */
  readonly kind: 'seed' | 'consequence';
  /** One sentence, without a final period. */
  readonly summary: string;
  readonly before: string;
  readonly after: string;
}
