"""The words that search knows about: those without meaning, those with little, and one for many spellings.

Data only. Words stand in running text, since that is how they are read and reviewed.
"""

from __future__ import annotations

# Names that punctuation belongs to.
SPECIAL = (
    ("c++", " cplusplus "),
    ("c#", " csharp "),
    ("f#", " fsharp "),
    (".net", " dotnet "),
    ("node.js", "nodejs"),
    ("next.js", "nextjs"),
    ("vue.js", "vue"),
    ("react.js", "react"),
    ("nuxt.js", "nuxt"),
    ("express.js", "express"),
    ("three.js", "threejs"),
    ("d3.js", "d3"),
    ("ci/cd", "cicd"),
    ("ci / cd", "cicd"),
    ("ci-cd", "cicd"),
    ("a/b", "abtest"),
    ("ui/ux", "ui ux"),
    ("i/o", "io"),
    ("tcp/ip", "tcpip"),
    ("r&d", "research"),
    ("q&a", "questions"),
    ("'s ", " "),
    ("\u2019s ", " "),
    ("\\n", " "),
)
# Words that say nothing about a subject.
STOP = frozenset(
    """a about above across actually after again against ago ahead all almost alone along already also although always
    am among an and another any anybody anymore anyone anything anyway anywhere are aren arent around as aside ask asked
    asking at away back be became because become been before begin behind being below besides best better between beyond
    both but by came can cannot cant cause come comes coming could couldnt did didnt do does doesnt doing done dont down
    due during e each either else end enough especially etc even ever every everybody everyone everything everywhere
    except far feel feels felt few fine first for found from further gave general get gets getting give given gives
    giving go goes going gone gonna good got gotten great guess had hadnt half has hasnt have havent having he hello
    help helped helping helps hence her here hers herself hey hi him himself his hope how however i id idea ideally if
    ill im in including indeed instead into is isnt it its itself ive just keep keeps kept kind knew know known knows
    last lately later least less let lets like likely little ll long look looked looking looks lot lots made mainly
    make makes making many may maybe me mean means meant might mine more moreover most mostly much must my myself near
    nearly need needed needing needs neither never next no nobody none nor not nothing now nowhere of off often oh ok
    okay on once one ones only onto or other others otherwise ought our ours ourselves out over overall own part past
    per perhaps please possible possibly pretty probably put quite rather re really recent recently regarding right
    s said same saw say saying says see seem seemed seems seen several shall she should shouldnt show shows simply
    since so some somebody somehow someone something sometimes somewhere soon sort sorry still stuff such sure t take
    taken takes taking tell than thank thanks that thats the their theirs them themselves then there therefore theres
    these they theyre thing things think thinking this those though thought through throughout thus til till time
    times to today together told tomorrow too took toward towards tried tries truly try trying turn two ultimately
    under unless unlike until up upon us use used useful user users uses using usually various very via want wanted
    wanting wants was wasnt way ways we well went were werent what whatever whats when whenever where whereas wherever
    whether which while who whoever whole whom whose why will wish with within without wont wonder wondering work
    worked working works would wouldnt wow x yeah yes yesterday yet you youd youll your youre yours yourself
    assistant commentary example examples expert experts specialist specialists proactively immediately
    expertise specialize specializes specialized specializing specialised specialising context skilled mastery masters
    experienced seasoned invoke invoked ensure ensures ensuring""".split()
)

# Words that nearly every subject shares: they count, but little.
WEAK = frozenset(
    """add added adding advanced application applications app apps appropriate approach area available agent agents
    based basic big bring build building builds built call called case cases change changed changes changing choose
    check clean code codebase coding complete completed complex comprehensive consider core correct correctly create
    created creates creating creation current currently custom deep define deliver develop developed developer
    developers developing development different easy effective efficient efficiently engineer engineering engineers
    enhance entire existing experience explain features feature field files file find finding finish finished fix
    fixed focus focused follow following framework frameworks full function functions functional goal goals guidance
    handle handles handling happen happening high hold implement implementation implementations implemented
    implementing implements improve improved improvement improvements improving include includes information
    integrate issue issues job key knowledge large latest lead level list main maintain maintainable maintenance
    major manage managed management manager managing manner match method methods modern move multiple name new
    number open option options order perform plan point power practice practices practical prepare prevent
    principles problem problems process processes production professional program programming project projects
    proper properly provide provided provides providing quality question questions quick quickly ready real request
    requests require required requirement requirements requires resolve result results robust role run running scale
    senior service services set several side single situation small software solution solutions solve specific
    specifically standard standards start started step steps strong suggest support supports system systems task
    tasks team teams technical techniques technologies technology tool tools top type types understand understanding
    update updated used version view whole world wrong write writing written years""".split()
)

# In front of these "go" is a verb, and behind those.
GO_BEFORE = frozenset("to i we you they let lets should can could will would must wont not dont where who and".split())
GO_AFTER = frozenset("to home back ahead on through wrong live away down up over out into with from viral".split())
# Numbers that are words of their own: answers of the web's protocol.
CODES = frozenset(["400", "401", "403", "404", "409", "413", "422", "429", "500", "502", "503", "504"])
REST_BEFORE = frozenset("the some any no".split())

# One word for what is written in several ways.
SAME = {
    word: common
    for line in """
    postgres: postgresql psql pgsql pg
    kubernetes: k8s kube kubectl
    javascript: js ecmascript
    typescript: ts
    python: py
    golang: go
    database: db dbs rdbms databases
    mongodb: mongo
    nodejs: node
    docs: doc docu documentation documenting documents document documented documenter
    cicd: ci cd
    devops: ops
    auth: authentication authenticate authenticated authenticating authenticator authn
    authorization: authorize authorized authz
    config: configuration configure configurations configuring configured cfg
    infra: infrastructure
    admin: administration administrator administer administrators
    repo: repository repositories
    ml: machinelearning
    llm: llms
    perf: performance performant
    optimize: optimise optimising optimised optimisation optimization optimizations optimizing optimized optimizer
    analyze: analyse analysis analyst analysts analytics analytical analyzing analysing analyzes analyzer analyses
    spec: specification specifications specs
    env: environment environments
    vuln: vulnerability vulnerabilities vulns
    a11y: accessibility accessible
    i18n: internationalization internationalisation
    l10n: localization localisation localize
    e2e: endtoend
    microservice: microservices
    gcp: googlecloud
    terraform: tf
    elasticsearch: elastic
    ruby: rb
    rails: ror rubyonrails
    powershell: pwsh
    bash: shell sh zsh
    dependency: dependencies deps dep
    package: packages pkg pkgs packaging
    refactor: refactoring refactors refactored refactorer
    debug: debugger debugging debugs debugged
    color: colour colours colors
    website: websites site sites webpage webpages
    mobile: smartphone smartphones phones phone
    image: images picture pictures photo photos img
    video: videos
    email: emails mail mails
    message: messages messaging msg
    person: people persons
    company: companies
    strategy: strategist strategic strategies strategize strategically
    market: marketing marketer marketers markets
    legal: law lawyer lawyers legally attorney
    copy: copywriter copywriting
    sale: sales selling sell seller sells
    finance: financial finances fintech
    metric: metrics
    secure: security securely secures secured securing
    migrate: migration migrations migrating migrates migrated
    architect: architecture architectural architects architectures
    deploy: deployment deployments deploying deploys deployed deployer
    monitor: monitoring monitors observability
    compliance: compliant comply
    visualize: visualization visualizations visualise visualisation visualizing
    communicate: communication communications
    integration: integrations
    operation: operations operational
    component: components
    container: containers containerize containerization containerized
    server: servers
    customer: customers
    docker: dockerfile dockerize dockerized
    translate: translation translations translator
    """.strip().splitlines()
    for common, words in [line.split(":")]
    for common in [common.strip()]
    for word in words.split()
}

COMPOUNDS = {
    ("front", "end"): "frontend",
    ("back", "end"): "backend",
    ("full", "stack"): "fullstack",
    ("e", "commerce"): "ecommerce",
    ("real", "time"): "realtime",
    ("open", "source"): "opensource",
    ("type", "script"): "typescript",
    ("java", "script"): "javascript",
    ("dev", "ops"): "devops",
    ("sign", "in"): "signin",
    ("sign", "up"): "signup",
    ("log", "in"): "login",
    ("logs", "in"): "login",
    ("logging", "in"): "login",
    ("log", "out"): "logout",
    ("end", "to"): "e2e",
    ("machine", "learning"): "ml",
    ("web", "site"): "website",
    ("data", "base"): "database",
    ("micro", "service"): "microservice",
    ("micro", "services"): "microservice",
    ("smart", "contract"): "smartcontract",
    ("smart", "contracts"): "smartcontract",
    ("post", "mortem"): "postmortem",
    ("web", "hook"): "webhook",
    ("web", "socket"): "websocket",
    ("web", "sockets"): "websocket",
    ("ci", "cd"): "cicd",
    ("a", "b"): "abtest",
    ("set", "up"): "setup",
    ("road", "map"): "roadmap",
    ("google", "cloud"): "gcp",
    ("graph", "ql"): "graphql",
    ("user", "interface"): "ui",
    ("user", "experience"): "ux",
    ("read", "me"): "readme",
    ("change", "log"): "changelog",
    ("white", "paper"): "whitepaper",
    ("click", "house"): "clickhouse",
    ("app", "store"): "appstore",
    ("play", "store"): "playstore",
    ("power", "shell"): "powershell",
    ("spread", "sheet"): "spreadsheet",
    ("work", "flow"): "workflow",
    ("work", "flows"): "workflow",
    ("code", "base"): "codebase",
    ("data", "set"): "dataset",
    ("block", "chain"): "blockchain",
    ("time", "zone"): "timezone",
    ("pull", "request"): "pullrequest",
    ("pull", "requests"): "pullrequest",
    ("roll", "back"): "rollback",
    ("back", "up"): "backup",
    ("clean", "up"): "cleanup",
    ("time", "out"): "timeout",
    ("stand", "up"): "standup",
    ("stand", "ups"): "standup",
    ("sub", "agent"): "subagent",
    ("sub", "agents"): "subagent",
    ("lock", "file"): "lockfile",
    ("drop", "down"): "dropdown",
    ("hot", "fix"): "hotfix",
    ("down", "time"): "downtime",
    ("up", "time"): "uptime",
    ("run", "time"): "runtime",
    ("key", "word"): "keyword",
    ("key", "words"): "keyword",
    ("check", "list"): "checklist",
    ("news", "letter"): "newsletter",
    ("no", "code"): "nocode",
    ("low", "code"): "lowcode",
    ("start", "up"): "startup",
    ("side", "bar"): "sidebar",
    ("nav", "bar"): "navbar",
    ("touch", "screen"): "touchscreen",
    ("screen", "shot"): "screenshot",
    ("screen", "shots"): "screenshot",
}
