// Keeps one comment on a pull request up to date with a review of its flags, and asks for reviews.
// Required by the two actions, with what actions/github-script gives: { github, context, core }.
'use strict';

const fs = require('fs');

const MARKER = '<!-- flaggit -->';
const LIMIT = 65000; // characters; GitHub takes 65,536
const OURS = new Set(['<details>', '</details>', '<summary>', '</summary>', '<sub>', '</sub>', '<br/>']);

// Returns the review in a file; nothing where there is none, or one too large to be a review.
function readReview(file) {
  if (!fs.existsSync(file) || !fs.lstatSync(file).isFile() || fs.statSync(file).size > 2 * LIMIT) return '';
  return fs.readFileSync(file, 'utf8').replaceAll(MARKER, '');
}

// Takes from untrusted text whatever a forge would obey: foreign HTML, mentions, closing words, links, pictures.
// A zero-width blank takes a character its meaning and leaves it to be read, in code too.
function disarm(text) {
  return text
    .replace(/<[^<>]*>?/g, (tag) => (OURS.has(tag) ? tag : tag.replaceAll('<', '<\u200b')))
    .replace(/@(?=[\w-])/g, '@\u200b')
    .replace(/(^|[^\w&])(#|GH-)(?=\d)/gi, '$1$2\u200b')
    .replaceAll('://', ':\u200b//')
    .replace(/www\./gi, 'www\u200b.')
    .replace(/\](?=\s*[([:])/g, ']\u200b');
}

// Writes the one comment anew where it differs.
async function keepComment({ github, context }, number, text) {
  const whole = text.length <= LIMIT;
  const shown = whole ? text : `${text.slice(0, LIMIT - 100)}\n\nCut: the summary of the job has more.`;
  const body = `${MARKER}\n${shown.trim()}\n`;
  const comments = await github.paginate(github.rest.issues.listComments, {
    ...context.repo,
    issue_number: number,
    per_page: 100,
  });
  const old = comments.find((item) => item.user?.type === 'Bot' && item.body?.startsWith(MARKER));
  if (!old) {
    await github.rest.issues.createComment({ ...context.repo, issue_number: number, body });
  } else if (old.body.trim() !== body.trim()) {
    await github.rest.issues.updateComment({ ...context.repo, comment_id: old.id, body });
  }
}

// Asks those for a review whom flags of the range oblige, but the author, and who was asked or has answered already.
// One request each: GitHub refuses a whole request for one who is no collaborator.
async function askForReviews({ github, context }, pull, logins, attempt) {
  const here = { ...context.repo, pull_number: pull.number };
  const reviews = await github.paginate(github.rest.pulls.listReviews, { ...here, per_page: 100 });
  const users = [pull.user, ...(pull.requested_reviewers ?? []), ...reviews.map((review) => review.user)];
  const known = new Set(users.filter(Boolean).map((user) => user.login.toLowerCase()));
  const teams = new Set((pull.requested_teams ?? []).map((team) => team.slug.toLowerCase()));
  for (const login of logins) {
    const slug = login.split('/')[1];
    if (slug ? teams.has(slug.toLowerCase()) : known.has(login.toLowerCase())) continue;
    const asked = slug ? { team_reviewers: [slug] } : { reviewers: [login] };
    await attempt(`review by ${login}`, () => github.rest.pulls.requestReviewers({ ...here, ...asked }));
  }
}

// For a job of the pull request itself, on a branch of the repository: the checker of this job made the review.
async function commentOnOwn(tools, { review, data, ask }) {
  const pull = tools.context.payload.pull_request;
  const text = readReview(review);
  const attempt = async (what, doing) => {
    try {
      await doing();
    } catch (error) {
      const hint = error.status === 422 ? '' : ' The job needs `pull-requests: write` for it.';
      tools.core.notice(`No ${what}: ${error.message}.${hint}`);
    }
  };
  if (text) await attempt('comment', () => keepComment(tools, pull.number, text));
  if (ask && fs.existsSync(data)) {
    const logins = JSON.parse(fs.readFileSync(data, 'utf8')).data.reviewers;
    await attempt('request for reviews', () => askForReviews(tools, pull, logins, attempt));
  }
}

// For a `workflow_run` job: the run that made the text belonged to the pull request, so the text is untrusted.
async function commentForRun(tools, review) {
  const { github, context, core } = tools;
  const text = readReview(review);
  if (!text) {
    core.notice('There is no review to show.');
    return;
  }
  const run = context.payload.workflow_run;
  const pulls = await github.rest.pulls.list({
    ...context.repo,
    state: 'open',
    head: `${run.head_repository.owner.login}:${run.head_branch}`,
    per_page: 100,
  });
  const pull = pulls.data.find((item) => item.head.sha === run.head_sha);
  if (!pull) {
    core.notice('The pull request has moved on; its newer run will comment.');
    return;
  }
  await keepComment(tools, pull.number, disarm(text));
}

module.exports = { commentForRun, commentOnOwn };
