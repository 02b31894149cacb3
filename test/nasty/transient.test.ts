import { expect, test } from 'vitest';
import { CHANGED, type Course, type CourseOptions, changeBothSides, openCourse } from './course.ts';
import { lists, type Trap, writes } from './trap.ts';
import { blackhole } from './traps/blackhole.ts';
import { cutAnswers } from './traps/cut-answers.ts';
import { errorAfterCommit } from './traps/error-after-commit.ts';
import { htmlPage } from './traps/html-page.ts';
import { hugePage } from './traps/huge-page.ts';
import { lostLogin, lostLoginInTheMiddle } from './traps/lost-login.ts';
import { paginationLoop } from './traps/pagination-loop.ts';
import { staleReads } from './traps/stale-reads.ts';
import { throttled } from './traps/throttled.ts';
import { truncatedJson } from './traps/truncated-json.ts';
import { typeDrift } from './traps/type-drift.ts';

/** A trap that goes away again. */
interface Transient {
  readonly trap: (course: Course) => Trap;
  /** What the status of the system says meanwhile. */
  readonly tells: RegExp;
  readonly options?: CourseOptions;
}

const CURSORS: CourseOptions = { sample: { page: { style: 'cursor', param: 'cursor', nextAt: 'next' } } };

/** What is found to have landed is nothing to tell. */
const SETTLED = /"healthy"|"unknown"/;

const TRAPS: Readonly<Record<string, Transient>> = {
  'answers to writes are cut': { trap: () => cutAnswers(), tells: SETTLED },
  'all answers are cut': { trap: () => cutAnswers(() => true), tells: /down: No answer/ },
  'writes are made and answered with 500': { trap: () => errorAfterCommit(500), tells: SETTLED },
  'writes are made and answered with 502': { trap: () => errorAfterCommit(502), tells: SETTLED },
  'writes are made and answered with 503 without a time': { trap: () => errorAfterCommit(503), tells: SETTLED },
  'everything is answered with 500': { trap: () => errorAfterCommit(500, () => true), tells: /Status 500/ },
  '429 with seconds': { trap: () => throttled(20), tells: /"down".*throttled: Status 429/ },
  '429 with a date': { trap: ({ clock }) => throttled(20, clock), tells: /"down".*throttled: Status 429/ },
  'nothing is answered': { trap: () => blackhole(), tells: /"down".*No answer/ },
  'writes are not answered': { trap: () => blackhole(writes), tells: /"unknown"/ },
  'lists are not answered': { trap: () => blackhole(lists), tells: /"down".*No answer/ },
  '401 for everything': { trap: () => lostLogin(), tells: /"action-required".*auth: Status 401/ },
  '401 in the middle of a list': {
    trap: () => lostLoginInTheMiddle(),
    tells: /"action-required".*auth: Status 401/,
    options: { pageSize: 1 },
  },
  'an HTML page with status 200': { trap: () => htmlPage(), tells: /"action-required".*not JSON/ },
  'an HTML page for writes': { trap: () => htmlPage(writes), tells: /"healthy"|"unknown"/ },
  'JSON that ends in the middle': { trap: () => truncatedJson('quietly'), tells: /"action-required".*not JSON/ },
  'answers that are cut in the middle': { trap: () => truncatedJson('connection'), tells: /down: The answer was cut/ },
  'pages larger than can be held': {
    trap: () => hugePage(200_000),
    tells: /"action-required".*larger than/,
    options: { maxBytes: 65_536 },
  },
  'a list whose next page is always the same': {
    trap: () => paginationLoop(1),
    tells: /"action-required".*does not go on/,
    options: CURSORS,
  },
  'a list whose pages go in a circle': {
    trap: () => paginationLoop(3),
    tells: /"action-required".*does not go on/,
    options: CURSORS,
  },
  'numbers that come as text': { trap: () => typeDrift('quantity'), tells: /"setAside":[1-9]/ },
  'reads of a copy that stands still': { trap: ({ erp }) => staleReads(erp.items), tells: /"healthy"/ },
};

test.each(Object.entries(TRAPS))('%s: nothing is lost, doubled or deleted wrongly', async (...[, trap]) => {
  await using course = await openCourse(trap.options);
  const off = course.erp.on(trap.trap(course));
  await changeBothSides(course);
  await course.tells(trap.tells);
  await course.othersGoOn();
  off();
  await course.converges();
  expect(course.there()).toEqual(CHANGED);
});
