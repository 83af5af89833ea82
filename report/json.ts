import type { MigrationResult, Report } from '../core/model/report.js';
import { reportSchema } from './schema.js';

/** Renders the report as its versioned JSON document. */
export function renderJson({ report }: MigrationResult): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/**
 * Reads a report back.
 *
 * @throws SyntaxError when the text is not JSON; ZodError when it is not a report of this version
 */
export function parseReport(text: string): Report {
  return reportSchema.parse(JSON.parse(text));
}
