"""Subjects of software, data and machines (``lexicon`` says how these lines are read).

Written by hand, from general knowledge of the trades; nothing here is taken from any one catalog.
"""

from __future__ import annotations

SUBJECTS = """
debug bug error troubleshoot diagnose root-cause fault: crash crashes crashing exception stack-trace traceback
  undefined null nullpointer segfault broken breaks broke failing fails failure unexpected weird strange wrong
  misbehaves regression incorrect hang hangs freeze freezes stuck reproduce hunt inspect investigate typeerror
  throws reason-why doesnt-work not-work why-does why-is doesnt isnt-working not-working stopped-working
  keeps-failing used-to suddenly intermittent sporadic randomly symptom cannot-figure figure-out behaves
performance optimize speed profile benchmark bottleneck latency: slow slower slowly sluggish lag laggy takes-forever
  fast faster quick memory leak leaks cpu heap loadtime load-time throughput timeout timeouts seconds milliseconds
  hot-path cache render-time lighthouse web-vitals tune tuning efficient responsiveness takes-long too-long
  long-time make-faster speed-up slowdown scale-well high-load
review reviewer critic code-review: pull-request pullrequest pr merge-request before-merge merge merging look-over
  feedback readability maintainability clean smells finished sanity second-opinion approve lgtm diff best-practices
  commit ive-just just-finished just-wrote just-written just-implemented just-completed just-added just-created
  just-updated just-refactored finished-implementing finished-writing ive-written ive-implemented ive-finished
  ive-completed ive-added ive-refactored ready-to-merge take-look have-look double-check
test tester qa quality-assurance: unit-test coverage spec mock mocks fixture fixtures e2e integration regression
  flaky pytest jest vitest junit mocha cypress playwright selenium tdd assertion suite suites untested verify
  edge-case edge-cases broke green red scenario scenarios acceptance ive-updated ive-changed ive-refactored
  ive-modified just-refactored just-changed still-pass still-works nothing-broken make-sure
refactor cleanup legacy modernize simplify: messy spaghetti duplicate duplicated duplication technical-debt techdebt
  restructure tangled long-function clean-up dead-code reorganize complexity split extract monolith old-code solid
  smells untangle
migrate upgrade legacy modernize: port outdated deprecated old version jquery angularjs python2 cobol php5
  framework-upgrade dependency-upgrade breaking-changes transition switch-from
document docs technical-writer documentation readme: manual guide tutorial howto explain docstring docstrings
  comments javadoc wiki changelog instructions handbook onboarding api-reference reference write-up describe
  walkthrough knowledge-base understand-how install document-this explain-how reference-docs getting-started
  user-manual inline-comments api-documentation
architect design system-design blueprint: structure structured organize boundaries monolith microservice modular
  scalable tradeoffs trade-offs decision adr diagram components coupling layers patterns big-picture ddd
  domain-driven hexagonal cut event-driven approach how-should best-way right-approach before-start
  before-implementing scale-to structure-this choose-between long-term
api rest endpoint graphql openapi: route routes swagger http status-code pagination versioning json request response
  webhook webhooks grpc contract 404 500 422 400 payload rate-limit client-sdk postman validation
backend server service api: endpoint business-logic microservice database express django flask fastapi spring
  laravel rails nestjs queue worker cron persistence save store crud session middleware websocket server-side
  endpoint-for store-users api-for server-logic business-rules
frontend ui interface web react component: button buttons page pages screen screens form forms modal dialog css html
  layout responsive sidebar navbar menu dropdown browser tailwind vue angular svelte nextjs click clicks scroll
  styling style state hydration dom window dark-mode widget client-side toggle table-view tooltip checkbox
  landing-page page-component carousel header footer spinner dashboard-page tailwindcss dropdown-menu looks
css style styling tailwind layout design: flexbox grid align centered spacing margin padding color font fonts theme
  dark-mode breakpoint sass animation responsive pixel looks
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
  sentry uptime slo sli oncall pager alarm telemetry health-check incident keep-eye get-notified instrumentation
  opentelemetry new-relic spans healthchecks
incident outage sre on-call response emergency: down production-down urgent offline postmortem rollback mitigation
  outage pager severity customers-affected 503 went-down unreachable crisis
reliability sre uptime scaling infra: availability failover redundancy disaster recovery backup backups capacity
  load traffic spike chaos resilience went-down
log logs logging: grep printed entries trace correlate elk splunk loki
network dns networking connectivity: ssl tls certificate certificates firewall proxy nginx load-balancer cdn latency
  vpn tcp ports domain routing subnet packet expired https
security vulnerability audit secure pentest: hack hacked hacker attack attacker injection xss csrf owasp secrets
  leaked leak breach exploit cve encryption encrypt password passwords harden threat safe unsafe sanitize malicious
  penetration exposed keys intruder steal stolen phishing ransomware token is-safe is-secure security-hole sensitive
  sanitize-input threat vulnerable exposure zero-trust dast sast
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
twitter social: tweet tweets thread retweet followers
payment billing checkout subscription stripe: charge charged card paypal invoice refund webhook monthly price plan
  trial renewal pci credit-card twice money pay
git version-control: branch branches commit commits merge rebase conflict conflicts history cherry-pick stash bisect
  squash tag submodule blame commit-message push-changes branching release-branch hotfix pr-description gitflow
  worktree
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
  break-down break-into next-steps where-start subtasks divide-work implementation-plan milestones
agent prompt meta create-agent: new-agent subagent claude skill persona
evaluate compare tool selection: versus vs choose alternatives adopt fit should-we should-i which-is pros-and
  cons-of or-use better-choice worth-using
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
quality standards lint: eslint prettier format formatter ruff mypy static-analysis conventions style-guide
error-handling resilience exception: retry fallback circuit-breaker graceful try-catch
concurrency parallel thread: race deadlock async lock mutex race-condition
load-test api-test stress: concurrent users k6 jmeter survive thousand breaking-point calls
geo gis map location: maps coordinates spatial mapbox geocoding route
pdf document extract: word docx invoice scan ocr
upgrade framework version: latest outdated bump
onboarding new developer: colleague newcomer joined first-day ramp
naming conventions style: consistent names
mobile-test device test: appium simulator
visual-test screenshot test: pixel regression-visual
data-quality validation cleaning: missing duplicates outliers dirty messy-data
access account permission identity: shared-drive folder locked unlock password-reset joiner leaver offboarding grant
explore explorer codebase search locate: where-is which-file which-files find-where find-all defined usage usages
  grep navigate understand-codebase entry-point call-sites
reverse-engineer malware binary: decompile disassemble ida ghidra obfuscated firmware-dump exploit packed
threat-model stride risk security-design: attack-surface trust-boundary adversary abuse
event-sourcing cqrs event: aggregate projection command-side replay saga
service-mesh istio linkerd: sidecar mtls traffic-splitting envoy
vector embedding similarity: pinecone weaviate qdrant pgvector faiss semantic-search nearest rag
reference documentation parameters: options exhaustive configuration-guide lookup
ocr document scan image: handwriting scanned digitize receipt extract-text
markdown format syntax: heading headings lint table-of-contents convert-to
visual-validation screenshot verify: pixel mockup-match looks-right rendered compare-design
design-system component-library tokens: storybook variants theming consistency reusable
supabase firebase baas: row-level-security realtime-database edge-functions auth-provider
commit message conventional: changelog history stage git-commit
knowledge-graph ontology graph: neo4j triple entities relations sparql
robotics ros control: robot arm servo slam navigation-stack drone
simulation model numeric scientific: solver matlab julia monte-carlo numerical fortran physics-engine
localization i18n translate: date-format currency-format rtl locale-files
timezone date calendar schedule: appointment booking reminder daylight utc meeting-time
notification push alert email: remind in-app badge digest
form validation input: required-field error-message submit invalid
file upload storage media: s3 attachment image-upload resize thumbnail cdn
search-feature autocomplete filter facet: find-products typeahead results-list
chat messaging realtime: conversation-ui typing presence chatroom
map geo location: nearby distance geofence directions
auth-flow login signup: reset-password verify-email social-login sessions
admin dashboard backoffice internal-tool: moderation manage-users crud-pages
reporting export csv pdf: download-report generate-pdf print invoice-pdf
scheduler cron job queue: background recurring nightly retry-failed worker-pool
feature-flag rollout toggle experiment: launchdarkly gradual percent
seed fixture test-data mock-data: fake faker sample-data synthetic
code-generation scaffold boilerplate template: generate starter skeleton crud-generator
parser compiler interpreter ast: grammar lexer syntax-tree tokenizer dsl
regex pattern matching: regular-expression expression match-text
algorithm data-structure complexity: leetcode sort graph-search big-o dynamic-programming
math statistics proof: equation calculus probability algebra derivative
api-client sdk library: wrapper bindings client-generation publish-package
openapi api-documentation docs: swagger-ui spec-file endpoint-reference
low-code no-code automation: airtable bubble webflow make
vulnerability-scan dependency security: snyk trivy cve-report outdated-packages
secrets vault credential rotation: api-key api-keys env-leak hashicorp
backup restore disaster-recovery: snapshot point-in-time lost-data dump
capacity planning scaling load: forecast-traffic peak black-friday
chaos resilience fault: kill-servers failure-injection gameday
sla slo reliability error-budget: nines availability-target toil
postmortem incident retrospective: lessons-learned what-happened timeline blameless
sound-design audio game: sfx mixing
level-design game gameplay: quest balance economy enemy-ai pathfinding
shader graphics rendering: glsl hlsl gpu lighting texture
minecraft plugin server: bukkit spigot mod
arduino electronics circuit: breadboard solder pcb schematic
plc industrial automation: scada modbus factory
automotive vehicle can: autosar ecu
network-security firewall zero-trust: intrusion ids segmentation
active-directory windows admin: group-policy exchange powershell domain-controller
linux admin server: systemd ubuntu ssh permissions kernel apt
cicd pipeline deployment devops: argocd circleci gitops travis teamcity buildkite spinnaker azure-pipelines tekton
  codepipeline nexus artifactory
webserver proxy nginx network: apache haproxy caddy traefik reverse-proxy gateway cors compression headers
  load-balancing http2 varnish vhost
message queue pubsub streaming: nats sqs sns pulsar mqtt eventbridge pub-sub broker rabbitmq kafka zeromq celery
  bullmq
sms notification communication: twilio vonage telephony voip whatsapp telegram
vector embedding database: hnsw milvus chroma cosine nearest-neighbor annoy lancedb pgvector
billing subscription payment: dunning proration metering usage-based invoicing adyen braintree klarna paddle
  chargebee sepa
test automation qa: bdd cucumber gherkin snapshot karma puppeteer testcontainers appium k6 locust robot-framework
  mutation property-based
wasm webassembly browser: emscripten wasi
search engine elasticsearch: lucene solr meilisearch algolia typesense opensearch fuzzy synonyms
geospatial map gis database: postgis leaflet geojson coordinates tiles qgis openstreetmap polygon
data pandas analysis: numpy polars duckdb matplotlib seaborn jupyter scipy dataframe notebook
data warehouse engineer bigdata: databricks redshift hive presto trino flink beam hadoop delta iceberg fivetran
  airbyte dagster prefect
ml framework model: keras sklearn xgboost lightgbm huggingface transformers jax onnx cuda hyperparameter
  neural-network
llm agent framework: llama mistral gemini ollama langgraph llamaindex crewai autogen lora quantization vllm
  guardrails evals function-calling tool-calling
aws cloud: ecs fargate rds dynamodb cloudwatch route53 sagemaker cognito cdk
frontend framework web: remix astro solidjs qwik lit htmx alpine bootstrap chakra shadcn mui radix storybook spa pwa
state frontend management: redux zustand mobx pinia recoil signals store
mobile hybrid framework: capacitor ionic cordova maui expo
auth identity sso provider: keycloak okta auth0 cognito clerk nextauth ldap kerberos oidc saml passport oauth2
  authorization webauthn passkey biometric
monitoring tracing observability: jaeger zipkin loki tempo nagios zabbix splunk newrelic statsd
email smtp delivery: sendgrid mailgun postmark ses imap dkim
cms content headless: contentful strapi sanity drupal ghost
tracker project tool: jira trello asana linear notion confluence
figma design tool: sketch adobe photoshop illustrator canva
game engine roblox: unity unreal godot pygame phaser
language programming julia: perl zig nim dart ocaml clojure fsharp lisp fortran cobol assembly lua prolog
firmware embedded rtos: zephyr freertos platformio stm32 nordic avr i2c spi can-bus
blockchain solidity web3: hardhat foundry ethers solana anchor polygon evm uniswap
dashboard bi visualization: tableau powerbi looker metabase superset grafana
infra automation config-management: vagrant packer chef puppet saltstack nomad consul
docs generator documentation: sphinx mkdocs docusaurus jsdoc typedoc asciidoc
scraper crawler automation: beautifulsoup scrapy puppeteer proxies
database orm persistence: prisma sqlalchemy typeorm sequelize drizzle hibernate mongoose eloquent knex
database scaling sharding: partition partitioning shard horizontal-scaling vertical-scaling read-replica pooling
  pgbouncer failover
sqlite embedded database: local-database fts5 wal
pattern clean-code solid: solid-principles dry factory singleton dependency-injection encapsulation
security encryption cryptography: hashing signing aes rsa tls bcrypt argon2 brute-force cors csp
rate-limit throttle gateway api: throttling quota burst backoff
linux server operations: systemd nginx ssh disk kernel journalctl ubuntu debian
video streaming media: ffmpeg hls rtmp webrtc codec transcoding
spreadsheet office document: excel google-sheets word docx
desktop gui application: qt gtk winforms tkinter swing
vr ar xr: oculus arkit arcore headset augmented virtual-reality
voice assistant speech: alexa tts stt whisper wake-word
"""
