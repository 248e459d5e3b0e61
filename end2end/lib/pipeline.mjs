// Runs a `.gitlab-ci.yml` as GitLab's runner with a shell does: stages, rules, variables, scripts, one job at a time in a resource group.
// Only what the files under deploy/gitlab use is understood; everything else is an error, so that no test passes on a line that nobody read.
import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

const JOB = ['stage', 'image', 'rules', 'variables', 'resource_group', 'before_script', 'script', 'after_script'];

/** Puts variables into a text, as GitLab does before a shell sees it: `$NAME` and `${NAME}`. */
export const expand = (text, variables) => String(text).replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, bare) => variables[braced ?? bare] ?? '');

/** Variables that name each other, resolved. */
function resolved(own, outer) {
  const all = { ...outer };
  for (const [name, text] of Object.entries(own ?? {})) all[name] = expand(text, all);
  return all;
}

/** The value of one side of a comparison. */
function operand(text, variables) {
  const quoted = /^"([^"]*)"$/.exec(text);
  if (quoted) return quoted[1];
  const name = /^\$(\w+)$/.exec(text);
  if (!name) throw new Error(`this is not understood in a rule: ${text}`);
  return variables[name[1]];
}

/** Whether a rule's `if` holds: comparisons with `==`, joined by `&&`. */
export function holds(condition, variables) {
  return condition.split('&&').every((part) => {
    const sides = part.split('==').map((side) => operand(side.trim(), variables));
    if (sides.length !== 2) throw new Error(`this is not understood in a rule: ${part}`);
    return sides[0] !== undefined && sides[0] === sides[1];
  });
}

/** The jobs of a file that are to run with these variables, in the order of their stages. */
export function jobs(text, variables) {
  const { stages, variables: common, ...named } = parse(text);
  const found = Object.entries(named).map(([name, job]) => {
    const unknown = Object.keys(job).filter((key) => !JOB.includes(key));
    if (unknown.length > 0 || !Array.isArray(job.script)) throw new Error(`the job ${name} is not understood: ${unknown}`);
    if (!stages.includes(job.stage)) throw new Error(`${name}: there is no stage ${job.stage}; there are ${stages}`);
    return { name, ...job, common };
  });
  const chosen = found.filter(({ rules }) => !rules || rules.some((rule) => holds(rule.if, variables)));
  return chosen.sort((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage));
}

/** Runs lines in a shell that ends with the first that fails; answers whether none did. Each line is in the log before it runs. */
function shell(lines, cwd, env, log) {
  const script = lines.flatMap((line) => [`printf '%s\\n' ${quote(`$ ${line.trim()}`)}`, line]).join('\n');
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-o', 'errexit', '-o', 'pipefail', '-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => log.push(part.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Runs a job in its checkout; answers `{ name, id, passed, log }`. `variables` are the project's and the predefined ones, `files` those of type
 * File, whose variables hold a path.
 */
export async function run(job, id, { checkout, variables, files, environment }) {
  const kept = `${checkout}.tmp`;
  await mkdir(kept, { recursive: true });
  const paths = {};
  for (const [name, text] of Object.entries(files)) {
    paths[name] = join(kept, name);
    await writeFile(paths[name], text);
  }
  const own = resolved(job.variables, resolved(job.common, { ...variables, ...paths }));
  const log = [];
  const env = { ...environment, ...own };
  const passed = await shell([...(job.before_script ?? []), ...job.script], checkout, env, log);
  await shell(job.after_script ?? [], checkout, env, log);
  await rm(kept, { recursive: true });
  return { name: job.name, id, passed, log: log.join('') };
}
