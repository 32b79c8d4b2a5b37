"""Subjects of design, business, research and daily life (``lexicon`` says how these lines are read).

Written by hand, from general knowledge of the trades; nothing here is taken from any one catalog.
"""

from __future__ import annotations

SUBJECTS = """
ux usability user-experience research design: confusing confused intuitive journey persona personas interview
  interviews wireframe wireframes mockup flow friction onboarding survey heuristics prototype drop-off navigate
  figma give-up
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
  users-are what-users users-want users-complaining feature-suggestions app-reviews people-want pain-points
  sentiment
prioritize sprint backlog planner agile: scope week weeks estimate story-points feature-requests too-many trade-off
  deadline
project manager planner coordinator agile scrum: deadline timeline milestone sprint standup schedule gantt tasks
  dependencies blocked waiting status-report delay coordinate tracking ticket tickets jira kanban stakeholder late
release launch coordination ship: version changelog go-live rollout release-notes launch-day semver tag checklist
  launch-next shipping-next going-live launching announce announcement release-week
experiment abtest hypothesis: variant variants significance feature-flag split-test convert conversion button
trend research market opportunity scout: emerging popular competitor competitors ideas viral
competitor competitive market research: rivals alternatives benchmark swot positioning
business analyst strategy plan consultant: requirements process stakeholder revenue market kpi roi swot canvas
  pricing-model model investors pitch
startup mvp prototype rapid: idea demo quick-demo poc scaffold validate investor hackathon sketch have-an an-idea
  idea-for validate-idea test-idea quickly working-demo throwaway
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
ecommerce shop store cart: checkout product-page basket order orders catalog inventory shopify magento woocommerce
  shipping coupon discount
legal compliance contract policy privacy: gdpr terms cookie cookies consent regulation license licence agreement nda
  personal-data liability copyright disclaimer lawsuit law allowed-to trademark clause kids children europe hipaa
  rights delete-my need-lawyer allowed-to terms-of-service legally
privacy gdpr compliance data-protection: personal consent cookies retention ccpa anonymize delete-data tracking
compliance audit regulation governance: soc2 hipaa iso pci gdpr evidence controls auditor policy sox
hr recruiter talent hiring people: hire candidate candidates interview job-description resume cv onboarding vacation
  salary employee employees culture performance-review headcount leave applicant payroll
education teacher learn tutor course: student students lesson lessons quiz exercise homework curriculum teach
  explain beginner exam training syllabus understand teach-me want-learn learn-how step-by-step understand-how
  concept concepts beginner-friendly
research researcher investigate literature: paper papers study survey sources citation compare find-out evidence
  academic arxiv fact facts background deep-dive look-into find-information find-out gather latest-research
  learn-about overview comprehensive
translate i18n l10n language: spanish german french japanese chinese locale multilingual rtl arabic languages
  wording
quantum physics science: simulation qubit
presentation slide deck pitch: powerpoint investors keynote talk speech
report reporter dashboard summary: weekly last-week numbers show-me executive kpi monthly status
spreadsheet excel: formula sheet pivot vlookup cells
risk assess manager: mitigate exposure worst-case probability
health medical clinical: patient doctor diagnosis hospital symptoms nutrition fitness workout
travel trip planner: flight flights hotel vacation itinerary
food recipe cooking: meal dinner ingredients restaurant
real-estate property: house rent mortgage apartment tenant
event planner: conference venue guests meetup
logistics supply-chain operations inventory: warehouse shipping delivery stock supplier
manufacturing engineer hardware: cad pcb mechanical
community manager moderator: discord forum members slack-community
public-relations press communication: media journalist announcement press-release crisis statement
psychology behavior coach mental: motivation habit stress therapist feelings
creative writer story fiction: novel character plot poem screenplay dialogue worldbuilding chapter
academic writer paper thesis: citation latex abstract journal
philosophy ethics responsible: bias fairness moral
cost optimize finops: bill expensive cheaper spending waste doubled savings
payroll salary compensation hr: wage wages payslip bonus overtime pension income-tax paid
leave welfare hr wellbeing: vacation holiday sick sickness pregnant baby maternity parental stay-home burnout
  conflict
device hardware laptop it-support: computer notebook monitor keyboard printer cracked replacement phone charger
  licence
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
tutorial teach education: walkthrough exercises lesson step-by-step hands-on workshop
notes obsidian vault knowledge: tag tags link links backlinks metadata frontmatter zettelkasten moc organize-notes
  wiki
fact-check verify accuracy source: claim claims true false credible citation evidence misinformation debunk
synthesize summarize report: combine findings merge-results condense tldr digest key-points executive-summary
  abstract
transcribe transcript speech podcast: recording subtitles captions interview audio-to-text minutes
hackathon pitch idea: judges demo-day prototype
coach motivate team morale: stressed motivation pep-talk burned-out encourage stuck-team
humor joke fun playful: funny laugh lighten comedy
bioinformatics genomics biology: dna protein sequencing sample gene
insurance claim underwriting actuary: premium coverage-plan policyholder
banking fintech loan credit: transactions fraud kyc aml ledger transfer
fraud detection anomaly risk: suspicious chargeback stolen-card
climate sustainability environment energy: carbon emission emissions solar green
construction building site: contractor blueprint concrete permit
fashion style outfit: clothes wardrobe
sports fitness training: workout coach-athlete running gym
gardening plant agriculture: crop soil harvest farm
nonprofit grant fundraising: donation donor proposal-grant sponsor
government policy public: election legislation citizen
customer-onboarding success adoption: welcome-flow first-steps time-to-value walkthrough
crm salesforce hubspot: contacts opportunity pipeline-stage
erp sap oracle: order-to-cash modules netsuite
helpdesk it-support technician: ticket reset workstation
retrospective agile scrum: standup sprint-review impediment ceremony kanban velocity
okr goal strategy: objectives key-results quarterly north-star
stakeholder communication update: status-email inform-management executive sponsor
interview hiring question: screening whiteboard take-home
resume cv career job: cover-letter apply promotion
negotiation deal contract: salary-talk terms counteroffer
persona audience segment: target-group demographic who-are
naming name brand: call-it slogan domain-name
landing-page conversion copy cro: hero call-to-action cta bounce
newsletter editorial content: subscribers weekly-mail issue
influencer partnership creator: collab sponsor-post ambassador
webinar event content: register speakers livestream
pr-outreach press journalist: coverage headline embargo
thumbnail image creative: banner ad-creative midjourney dalle image-prompt
storyboard video script: scene hook voiceover
"""
