"""Words that go together though they share no letters: what people say, and what agents are called for.

A line is a subject: before the colon the words that agents name themselves by, behind it what
people say, or what belongs to the subject. A word of either side leads to the others, with less
weight than the word itself: to the names most, to what merely belongs to the same subject least.
Two words with a hyphen are a pair that has to stand together in the query. Written by hand, from
general knowledge of the trades; nothing here is taken from any one catalog.
"""

from __future__ import annotations

from flaggit.words import content_words, split_words, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Set

NAME, BELONGS, BESIDE = 0.55, 0.3, 0.2  # word to name; name to what belongs to it; word to word
FAMILY = 24  # a subject with more words than this counts each of them the less

SUBJECTS = """
debug bug error troubleshoot diagnose root-cause fault: crash crashes crashing exception stack-trace traceback
  undefined null nullpointer segfault broken breaks broke failing fails failure unexpected weird strange wrong
  misbehaves regression incorrect hang hangs freeze freezes stuck reproduce hunt inspect investigate typeerror
  throws reason-why doesnt-work not-work
performance optimize speed profile benchmark bottleneck latency: slow slower slowly sluggish lag laggy takes-forever
  fast faster quick memory leak leaks cpu heap loadtime load-time throughput timeout timeouts seconds milliseconds
  hot-path cache render-time lighthouse web-vitals tune tuning efficient responsiveness
review reviewer critic code-review: pull-request pullrequest pr merge-request before-merge merge merging look-over
  feedback readability maintainability clean smells finished sanity second-opinion approve lgtm diff best-practices
  commit
test tester qa quality-assurance: unit-test coverage spec mock mocks fixture fixtures e2e integration regression
  flaky pytest jest vitest junit mocha cypress playwright selenium tdd assertion suite suites untested verify
  edge-case edge-cases broke green red scenario scenarios acceptance
refactor cleanup legacy modernize simplify: messy spaghetti duplicate duplicated duplication technical-debt techdebt
  restructure tangled long-function clean-up dead-code reorganize complexity split extract monolith old-code solid
  smells untangle
migrate upgrade legacy modernize: port outdated deprecated old version jquery angularjs python2 cobol php5
  framework-upgrade dependency-upgrade breaking-changes transition switch-from
document docs technical-writer documentation readme: manual guide tutorial howto explain docstring docstrings
  comments javadoc wiki changelog instructions handbook onboarding api-reference reference write-up describe
  walkthrough knowledge-base understand-how install
architect design system-design blueprint: structure structured organize boundaries monolith microservice modular
  scalable tradeoffs trade-offs decision adr diagram components coupling layers patterns big-picture ddd
  domain-driven hexagonal cut event-driven
api rest endpoint graphql openapi: route routes swagger http status-code pagination versioning json request response
  webhook webhooks grpc contract 404 500 422 400 payload rate-limit client-sdk postman validation
backend server service api: endpoint business-logic microservice database express django flask fastapi spring
  laravel rails nestjs queue worker cron persistence save store crud session middleware websocket server-side
frontend ui interface web react component: button buttons page pages screen screens form forms modal dialog css html
  layout responsive sidebar navbar menu dropdown browser tailwind vue angular svelte nextjs click clicks scroll
  styling style state hydration dom window dark-mode widget client-side toggle table-view tooltip checkbox
css style styling tailwind layout design: flexbox grid align centered spacing margin padding color font fonts theme
  dark-mode breakpoint sass animation responsive pixel looks
ux usability user-experience research design: confusing confused intuitive journey persona personas interview
  interviews wireframe wireframes mockup flow friction onboarding survey heuristics prototype drop-off navigate
  figma give-up
ui visual design designer interface figma: ugly beautiful boring dated mockup wireframe spacing hierarchy typography
  color palette icon icons polish pretty redesign design-system modern-look screens aesthetics
accessibility a11y wcag: screen-reader blind keyboard contrast aria focus disabled disability alt-text colorblind
  voiceover tab-order deaf impaired
mobile ios android app native: iphone ipad swift swiftui kotlin flutter react-native phone tablet push-notification
  notification camera permission app-store play-store appstore offline touch gesture apple xcode gradle bluetooth
  small-screen testflight expo device
ios swift swiftui apple: iphone ipad xcode testflight uikit app-store watchos macos objective-c
android kotlin: jetpack compose gradle play-store google-play apk
devops deploy deployment cicd pipeline infra: build release rollout rollback docker container kubernetes
  github-actions jenkins gitlab terraform ansible helm staging environment automate ship artifact runner workflow
  yaml provisioning blue-green canary dockerfile manual continuous
cloud aws azure gcp infra: lambda s3 ec2 bucket vpc iam serverless terraform region autoscaling hosting bill costs
  instances cloudfront cloudflare digitalocean vercel netlify eks
kubernetes docker container k8s orchestration: pod pods helm cluster ingress image images dockerfile compose
  registry namespace node-pool eks gke deployment scaling crashloop
terraform iac infra: provisioning pulumi cloudformation ansible state-file modules bicep
monitor monitoring observability alert sre: metrics logs logging traces tracing dashboard prometheus grafana datadog
  sentry uptime slo sli oncall pager alarm telemetry health-check incident
incident outage sre on-call response emergency: down production-down urgent offline postmortem rollback mitigation
  outage pager severity customers-affected 503 went-down unreachable crisis
reliability sre uptime scaling infra: availability failover redundancy disaster recovery backup backups capacity
  load traffic spike chaos resilience went-down
log logs logging: grep printed entries trace correlate elk splunk loki
network dns networking connectivity: ssl tls certificate certificates firewall proxy nginx load-balancer cdn latency
  vpn tcp ports domain routing subnet packet expired https
security vulnerability audit secure pentest: hack hacked hacker attack attacker injection xss csrf owasp secrets
  leaked leak breach exploit cve encryption encrypt password passwords harden threat safe unsafe sanitize malicious
  penetration exposed keys intruder steal stolen phishing ransomware token
auth identity login access-control session oauth: signin signup logout log-in password passwords jwt token tokens
  oauth sso saml mfa 2fa permission permissions role roles rbac credential credentials session cookie passwordless
  account accounts user-management magic-link register unauthorized forbidden 401 403 locked-out
database schema sql data-model dba: table tables column columns row rows query queries index indexes migration
  postgresql mysql sqlite mongodb redis orm join joins transaction deadlock normalize foreign-key relational nosql
  explain sequential-scan slow-query storage replication stored prisma
postgresql sql database: vacuum explain index query planner replication psql rds
mysql mariadb sql database: innodb query index
nosql mongodb redis database: document-store collection key-value cassandra dynamodb cache sharding
cache caching redis: cdn memoize invalidation ttl memcached stale
sql query analysis: select join group-by bigquery snowflake redshift report-query
data engineer etl pipeline warehouse: ingest ingestion airflow spark kafka dbt snowflake bigquery batch streaming
  lake lakehouse copy nightly events transform orchestration load clickstream sync parquet
data analyst analysis analytics insight scientist statistics: numbers trend trends chart charts dashboard report
  reports metric metrics kpi cohort cohorts retention funnel spreadsheet csv excel how-many average correlation
  percentage segment quarter conversion active-users pandas notebook visualize bi regression hypothesis
ml machine-learning ai model scientist: train training predict prediction classify classifier neural deep-learning
  pytorch tensorflow recommendation recommend similar inference feature-engineering forecast churn embeddings gpu
  overfitting mlops detect computer-vision anomaly dataset scikit accuracy
llm ai prompt model nlp: chatbot gpt claude openai anthropic rag embeddings vector prompts assistant completion
  fine-tune hallucination langchain answers-questions agentic token tokens chat generative bot
prompt llm instruction: system-message wording few-shot tone rewrite rewrite-instructions
vision image ai: picture pictures photo detection ocr segmentation camera recognize
nlp text language ai: sentiment entity tokenization summarization classification transcripts
mlops ml deploy model: drift serving model-registry feature-store monitoring retrain
search elasticsearch retrieval: full-text relevance ranking index faceted autocomplete query find-products
seo search-engine ranking: google keywords keyword sitemap meta-tags backlinks organic-traffic search-results crawl
  crawler structured-data serp visibility indexed
marketing growth campaign market acquisition: ads advertising audience brand funnel launch promote promotion reach
  leads conversion viral referral signups awareness channel friends invite bring flat
growth acquisition viral referral retention: signups flat friends invite onboarding activation churn loop
  experiments funnel engagement bring
content writer blog copy article editor: post posts newsletter headline copywriting story editorial words tone draft
  case-study landing-page wording tagline slogan publish rewrite proofread grammar text
social media community: instagram tiktok twitter facebook linkedin reddit youtube post posts followers hashtag
  influencer viral tweet reels stories engagement feed trend clip thread dm
twitter social: tweet tweets thread retweet followers
tiktok social video: clip clips viral short-video creators sounds challenge reels
instagram social visual: reels stories photos feed influencer carousel grid
reddit community social: subreddit ama forum karma upvote r
youtube video: channel thumbnail subscribers vlog
linkedin social b2b: professional-network posts
email newsletter campaign outreach: inbox drip subject-line mailchimp open-rate cold unsubscribe spam deliverability
  mailing
video editor film production: clip clips footage subtitles captions cut render trailer ffmpeg
audio music sound podcast: song songs voice microphone transcript mix episode speech
brand identity guideline: logo colors colour voice rebranding rebrand tone typography shade consistent
illustration visual infographic graphic: slides presentation deck chart poster picture drawing image
animation motion delight: transition micro-interaction playful fun spinner confetti joy
appstore aso mobile marketing: app-store play-store listing downloads screenshots ratings stars keywords
product manager roadmap strategy prioritize: backlog feature-request feature-requests scope user-story requirement
  requirements prd stakeholder vision mvp next-feature priorities decide features feedback
feedback user-research review sentiment: complaint complaints complaining reviews survey nps testimonials stars
prioritize sprint backlog planner agile: scope week weeks estimate story-points feature-requests too-many trade-off
  deadline
project manager planner coordinator agile scrum: deadline timeline milestone sprint standup schedule gantt tasks
  dependencies blocked waiting status-report delay coordinate tracking ticket tickets jira kanban stakeholder late
release launch coordination ship: version changelog go-live rollout release-notes launch-day semver tag checklist
experiment abtest hypothesis: variant variants significance feature-flag split-test convert conversion button
trend research market opportunity scout: emerging popular competitor competitors ideas viral
competitor competitive market research: rivals alternatives benchmark swot positioning
business analyst strategy plan consultant: requirements process stakeholder revenue market kpi roi swot canvas
  pricing-model model investors pitch
startup mvp prototype rapid: idea demo quick-demo poc scaffold validate investor hackathon sketch
sales crm lead pipeline: deal deals prospect prospects quota outreach pitch demo-call objection close customers-buy
  proposal account cold-call
customer support success helpdesk service: ticket tickets complaint angry refund faq reply answer-customer
  help-article inbox satisfied churn onboarding unhappy respond helpdesk zendesk
finance budget accountant cost revenue: cash money runway expense expenses profit forecast invoice invoices spending
  burn margin pricing tax taxes bookkeeping balance-sheet unit-economics quarter cheaper spend payroll ledger
accounting bookkeeping tax: invoice invoices vat receipts reconcile ledger expense payable receivable audit deduct
trading investment portfolio risk quant: stock stocks trade position hedge backtest crypto shares market dividend
  options broker volatility invest
pricing revenue monetization strategy: price plan tier discount willingness subscription paywall
payment billing checkout subscription stripe: charge charged card paypal invoice refund webhook monthly price plan
  trial renewal pci credit-card twice money pay
ecommerce shop store cart: checkout product-page basket order orders catalog inventory shopify magento woocommerce
  shipping coupon discount
legal compliance contract policy privacy: gdpr terms cookie cookies consent regulation license licence agreement nda
  personal-data liability copyright disclaimer lawsuit law allowed-to trademark clause kids children europe hipaa
  rights delete-my
privacy gdpr compliance data-protection: personal consent cookies retention ccpa anonymize delete-data tracking
compliance audit regulation governance: soc2 hipaa iso pci gdpr evidence controls auditor policy sox
hr recruiter talent hiring people: hire candidate candidates interview job-description resume cv onboarding vacation
  salary employee employees culture performance-review headcount leave applicant payroll
education teacher learn tutor course: student students lesson lessons quiz exercise homework curriculum teach
  explain beginner exam training syllabus understand
research researcher investigate literature: paper papers study survey sources citation compare find-out evidence
  academic arxiv fact facts background deep-dive
translate i18n l10n language: spanish german french japanese chinese locale multilingual rtl arabic languages
  wording
git version-control: branch branches commit commits merge rebase conflict conflicts history cherry-pick stash bisect
  squash tag submodule blame
dependency package upgrade supply-chain: npm pip version lockfile outdated vulnerable library libraries dependabot
  yarn update-libraries conflict
build tooling compile bundler dx: webpack vite rollup slow-build makefile bazel gradle compile-time monorepo cmake
  linker
developer-experience dx tooling onboarding: setup laptop editor local-environment new-colleague friction scripts
  install run-locally productivity
shell bash script cli terminal: command-line cron automate rename files folder zsh powershell makefile unix argument
  commandline
cli command-line terminal tool: flags argument arguments subcommand prompt console
automation workflow process: automate repetitive manual script zapier n8n bot schedule every-night nightly robot rpa
workflow process optimize productivity: bottleneck friction waste waiting slow-process handover streamline meetings
orchestrator coordinator multi-agent delegate: agents subagents parallel tasks divide break-down plan several-steps
  distribute assign
context memory session summary knowledge: summarize remember conversation decisions handover history decided
  token-limit
plan planner task breakdown: steps split-up todo roadmap decompose estimate break-down before-coding phases
agent prompt meta create-agent: new-agent subagent claude skill persona
evaluate compare tool selection: versus vs choose alternatives adopt fit
python django flask fastapi: pip pytest decorator generator pandas async type-hints asyncio poetry virtualenv
  pydantic numpy list-comprehension
javascript nodejs typescript frontend: npm async promise promises closure dom event-loop es6 callback bun deno
  express
typescript types javascript: generic generics inference strict interface any-type tsconfig type-error keyof
  declaration
react frontend hooks: usestate useeffect jsx redux component rerender nextjs props context-provider zustand memo
  suspense
vue nuxt frontend: composition-api pinia vuex
angular frontend: rxjs ngrx
nextjs react fullstack: app-router server-components vercel ssr isr
svelte sveltekit frontend: runes
nodejs backend express nestjs: npm event-loop
java spring jvm: maven gradle hibernate kotlin springboot jpa bean
kotlin jvm android: coroutines ktor
csharp dotnet aspnet: entity-framework linq blazor nuget unity wpf
cplusplus cpp systems: pointer pointers template templates raii cmake stl segfault
c systems embedded: malloc pointer pointers memory-management
rust systems cargo: borrow borrow-checker ownership lifetime lifetimes tokio crate trait
golang go concurrency: goroutine goroutines channel channels gin
ruby rails: gem activerecord rspec sidekiq
php laravel symfony: composer wordpress eloquent artisan
elixir phoenix erlang: liveview otp genserver
scala spark jvm: akka
haskell functional: monad monads
wordpress cms php: plugin theme gutenberg
blockchain web3 smartcontract solidity: ethereum nft token wallet defi crypto gas onchain contract
game unity unreal godot: player level sprite physics shader gameplay multiplayer npc enemies fps 3d
embedded firmware iot hardware: microcontroller sensor sensors arduino raspberry rtos device esp32 interrupt gpio
  battery uart
quantum physics science: simulation qubit
graphics webgl threejs 3d: shader rendering scene mesh
desktop electron: tauri window installer tray
browser extension: chrome firefox manifest content-script
scrape scraper crawler extraction: website data extract html pages parse playwright pull-from
realtime websocket streaming: chat live presence socket push updates-live
queue message kafka event: rabbitmq worker async pubsub consumer retry event-driven job jobs background
integration third-party api connector: webhook sync slack salesforce external vendor hubspot zapier twilio
microservice architect distributed: service-mesh saga split monolith boundaries event
serverless lambda function cloud: cold-start edge workers faas
graphql api schema: resolver mutation apollo federation
config settings environment: yaml env-file variables dotenv feature-flags
diagram visualize mermaid: flowchart draw sequence erd uml chart plantuml picture
presentation slide deck pitch: powerpoint investors keynote talk speech
report reporter dashboard summary: weekly last-week numbers show-me executive kpi monthly status
spreadsheet excel: formula sheet pivot vlookup cells
risk assess manager: mitigate exposure worst-case probability
quality standards lint: eslint prettier format formatter ruff mypy static-analysis conventions style-guide
error-handling resilience exception: retry fallback circuit-breaker graceful try-catch
concurrency parallel thread: race deadlock async lock mutex race-condition
load-test api-test stress: concurrent users k6 jmeter survive thousand breaking-point calls
health medical clinical: patient doctor diagnosis hospital symptoms nutrition fitness workout
travel trip planner: flight flights hotel vacation itinerary
food recipe cooking: meal dinner ingredients restaurant
real-estate property: house rent mortgage apartment tenant
event planner: conference venue guests meetup
logistics supply-chain operations inventory: warehouse shipping delivery stock supplier
manufacturing engineer hardware: cad pcb mechanical
geo gis map location: maps coordinates spatial mapbox geocoding route
pdf document extract: word docx invoice scan ocr
community manager moderator: discord forum members slack-community
public-relations press communication: media journalist announcement press-release crisis statement
psychology behavior coach mental: motivation habit stress therapist feelings
creative writer story fiction: novel character plot poem screenplay dialogue worldbuilding chapter
academic writer paper thesis: citation latex abstract journal
philosophy ethics responsible: bias fairness moral
cost optimize finops: bill expensive cheaper spending waste doubled savings
upgrade framework version: latest outdated bump
onboarding new developer: colleague newcomer joined first-day ramp
naming conventions style: consistent names
mobile-test device test: appium simulator
visual-test screenshot test: pixel regression-visual
data-quality validation cleaning: missing duplicates outliers dirty messy-data
payroll salary compensation hr: wage wages payslip bonus overtime pension income-tax paid
leave welfare hr wellbeing: vacation holiday sick sickness pregnant baby maternity parental stay-home burnout
  conflict
device hardware laptop it-support: computer notebook monitor keyboard printer cracked replacement phone charger
  licence
access account permission identity: shared-drive folder locked unlock password-reset joiner leaver offboarding grant
facility office building: heating cleaning desk key keys parking repair elevator light toilet
travel booking trip: train flight hotel taxi airport itinerary visa rental-car
expense reimbursement receipt: taxi receipts refund mileage per-diem credit-card
tax vat: value-added-tax duty fiscal corporate-tax deduct
treasury cash liquidity currency: dollars euro exchange-rate hedge bank loan
controller accounting reconciliation ledger: books balance close month-end subsidiary variance
procurement purchasing supplier vendor: offer offers quote quotes order buy tender negotiate
shipping customs carrier logistics: border container freight parcel delivery tracking export import
warehouse stock inventory: shelf count counts picking pallet shortage returns
event fair conference webinar: booth stand invitation attendees speakers organise
press media public-relations: newspaper journalist interview television article recall statement
advertising ads ppc paid: clicks bid bids impressions expensive cpc banner
translate language: french german spanish english brochure wording interpreter
safety accident risk: injured injury cut helmet protective hazard fire
mergers acquisition valuation due-diligence: buy-company worth takeover bought
trademark patent ip copyright licence: gpl open-source-licence infringe invention picture-rights
renewal retention account-manager customer-success: subscription-ends keep-customer expire upsell leaving
prospect outbound lead sales: sell-to buyers target-list first-message
learning training course workshop: learn seminar skill negotiate mentor
recruiting hiring candidate: need-people electricians vacancy applicant applicants position-open
library literature paper research: article journal reference study
governance definition catalogue data-owner: define differently meaning glossary
strategy board planning scenario: recession next-year forecast outlook
"""


def find_related(vocabulary: Set[str]) -> Mapping[str, tuple[tuple[str, float], ...]]:
    """Return stem, or pair of stems -> related stems of a catalog and how near each is, the nearest first."""
    related: dict[str, dict[str, float]] = {}
    for line in SUBJECTS.replace("\n  ", " ").strip().split("\n"):
        head, _, rest = line.partition(":")
        names, others = _keys(head), _keys(rest)
        less = min(1.0, FAMILY / (len(names) + len(others)))
        _link(related, names, names, vocabulary, NAME)
        _link(related, others, names, vocabulary, NAME)
        _link(related, names, others, vocabulary, BELONGS * less)
        _link(related, others, others, vocabulary, BESIDE * less)
    return {key: tuple(sorted(near.items(), key=lambda item: (-item[1], item[0]))) for key, near in related.items()}


def _link(
    related: dict[str, dict[str, float]], words: list[str], targets: list[str], vocabulary: Set[str], weight: float
) -> None:
    known = [target for target in targets if target in vocabulary]
    for word in words:
        near = related.setdefault(word, {}) if known else {}
        for target in known:
            if target != word and weight > near.get(target, 0.0):
                near[target] = weight


def _keys(words: str) -> list[str]:
    return [key for key in map(_key, words.split()) if key]


def _key(word: str) -> str:
    """Return a word's stem, or those of a pair with a blank between; nothing for a word that says nothing."""
    words = split_words(word)
    if len(words) == 1 and not list(content_words(words)):
        return ""
    return " ".join(map(stem, words))
