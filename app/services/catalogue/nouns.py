"""The table of nouns: what each kind of reference data is called, filtered by, checked by, and whether it may go."""

from sqlalchemy import func
from sqlmodel import col

from app.models.catalogue import (
    Area,
    CalendarDay,
    Category,
    KnowledgeArticle,
    Place,
    RoutingRule,
    SlaPolicy,
    Unit,
)
from app.models.message import MessageTemplate
from app.schemas import catalogue as forms
from app.schemas import notifications
from app.services.catalogue import checks, limits
from app.services.catalogue.store import Noun, contains, joined
from app.services.messages import templates

UNITS = Noun(
    path="units",
    name="units 单位",
    table=Unit,
    key="code",
    form=forms.UnitForm,
    change=forms.UnitChange,
    page=forms.UnitPage,
    filters={
        "q": lambda words: contains(words, Unit.code, Unit.name),
        "kind": lambda kind: col(Unit.kind) == kind,
        "parent": lambda code: col(Unit.parent_code) == code,
        "area": lambda prefix: col(Unit.area_code).startswith(prefix),
        "active": lambda active: col(Unit.active) == active,
    },
    check=checks.check_unit,
)
AREAS = Noun(
    path="areas",
    name="areas 区划",
    table=Area,
    key="code",
    form=forms.AreaForm,
    change=forms.AreaChange,
    page=forms.AreaPage,
    filters={
        "q": lambda words: contains(words, Area.code, Area.name, joined(Area.aliases)),
        "level": lambda level: col(Area.level) == level,
        "parent": lambda code: col(Area.parent_code) == code,
        "prefix": lambda prefix: col(Area.code).startswith(prefix),
        "active": lambda active: col(Area.active) == active,
    },
    check=checks.check_area,
)
PLACES = Noun(
    path="places",
    name="places 地名",
    table=Place,
    key="id",
    form=forms.PlaceForm,
    change=forms.PlaceChange,
    page=forms.PlacePage,
    filters={
        "q": lambda words: contains(words, Place.name, joined(Place.aliases)),
        "kind": lambda kind: col(Place.kind) == kind,
        "area": lambda prefix: col(Place.area_code).startswith(prefix),
    },
    check=checks.check_place,
    removable=limits.anything,
)
CATEGORIES = Noun(
    path="categories",
    name="categories 分类",
    table=Category,
    key="code",
    form=forms.CategoryForm,
    change=forms.CategoryChange,
    page=forms.CategoryPage,
    filters={
        "q": lambda words: contains(
            words, Category.code, Category.name, Category.definition, Category.includes, joined(Category.keywords)
        ),
        "level": lambda level: func.length(Category.code) == 2 * level,
        "parent": lambda code: col(Category.parent_code) == code,
        "prefix": lambda prefix: col(Category.code).startswith(prefix),
        "unit_kind": lambda kind: col(Category.unit_kind) == kind,
        "village_affair": lambda is_one: col(Category.village_affair) == is_one,
        "active": lambda active: col(Category.active) == active,
    },
    check=checks.check_category,
    derived=checks.category_parent,
)
RULES = Noun(
    path="routing-rules",
    name="routing rules 派单规则",
    table=RoutingRule,
    key="id",
    form=forms.RuleForm,
    change=forms.RuleChange,
    page=forms.RulePage,
    filters={
        "q": lambda words: contains(words, RoutingRule.note),
        "unit": lambda code: col(RoutingRule.unit_code) == code,
        "category": lambda prefix: col(RoutingRule.category_prefix).startswith(prefix),
        "area": lambda prefix: col(RoutingRule.area_prefix).startswith(prefix),
        "kind": lambda kind: col(RoutingRule.kind) == kind,
    },
    check=checks.check_rule,
    removable=limits.anything,
)
POLICIES = Noun(
    path="sla-policies",
    name="time limits 办理时限",
    table=SlaPolicy,
    key="id",
    form=forms.PolicyForm,
    change=forms.PolicyChange,
    page=forms.PolicyPage,
    filters={
        "kind": lambda kind: col(SlaPolicy.kind) == kind,
        "urgency": lambda urgency: col(SlaPolicy.urgency) == urgency,
        "category": lambda prefix: col(SlaPolicy.category_prefix).startswith(prefix),
    },
    check=limits.check_policy,
    removable=limits.refuse_last_catch_all,
)
DAYS = Noun(
    path="calendar",
    name="calendar 工作日历",
    table=CalendarDay,
    key="day",
    form=forms.DayForm,
    change=forms.DayChange,
    page=forms.DayPage,
    filters={
        "from_": lambda day: col(CalendarDay.day) >= day,
        "to": lambda day: col(CalendarDay.day) <= day,
        "working": lambda working: col(CalendarDay.working) == working,
        "provisional": lambda provisional: col(CalendarDay.provisional) == provisional,
    },
    check=limits.anything,
    removable=limits.anything,
)
ARTICLES = Noun(
    path="knowledge",
    name="knowledge 知识库",
    table=KnowledgeArticle,
    key="id",
    form=forms.ArticleForm,
    change=forms.ArticleChange,
    page=forms.ArticlePage,
    filters={
        "category": lambda prefix: col(KnowledgeArticle.category_code).startswith(prefix),
        "active": lambda active: col(KnowledgeArticle.active) == active,
    },
    check=limits.check_article,
    removable=limits.refuse_cited,
    derived=limits.indexed,
    hidden=frozenset({"search", "index_version"}),
)
TEMPLATES = Noun(
    path="message-templates",
    name="message templates 通知模板",
    table=MessageTemplate,
    key="code",
    form=notifications.TemplateForm,
    change=notifications.TemplateChange,
    page=notifications.TemplatePage,
    filters={
        "q": lambda words: contains(words, MessageTemplate.title, MessageTemplate.body),
        "key": lambda key: col(MessageTemplate.key) == key,
        "channel": lambda channel: col(MessageTemplate.channel) == channel,
        "language": lambda language: col(MessageTemplate.language) == language,
        "active": lambda active: col(MessageTemplate.active) == active,
    },
    check=templates.check_template,
    removable=limits.anything,
    derived=templates.code_of,
)
NOUNS = (UNITS, AREAS, PLACES, CATEGORIES, RULES, POLICIES, DAYS, ARTICLES, TEMPLATES)
