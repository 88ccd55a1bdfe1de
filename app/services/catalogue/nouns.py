"""The table of nouns: what each kind of reference data is called, shown and filtered by, and whether it may go.

How rows are checked and written is in `keeping`, which needs the tables' classes; a server loads it when somebody writes.
"""

from app.domain.permissions import Permission
from app.schemas import catalogue as forms
from app.schemas import catalogue_filters as filters
from app.schemas import notifications
from app.schemas.answers import catalogue as rows
from app.schemas.answers.identity import RoleRow
from app.schemas.answers.notifications import TemplateRow
from app.schemas.users import RoleChange, RoleForm, RolePage
from app.services.catalogue.noun import Noun, begins, contains, same

UNITS = Noun(
    path="units",
    name="units 单位",
    table="unit",
    key="code",
    row=rows.UnitRow,
    form=forms.UnitForm,
    change=forms.UnitChange,
    page=filters.UnitPage,
    filters={
        "q": contains("code", "name"),
        "kind": same("kind"),
        "parent": same("parent_code"),
        "area": begins("area_code"),
        "active": same("active"),
    },
)
AREAS = Noun(
    path="areas",
    name="areas 区划",
    table="area",
    key="code",
    row=rows.AreaRow,
    form=forms.AreaForm,
    change=forms.AreaChange,
    page=filters.AreaPage,
    filters={
        "q": contains("code", "name", "array_to_string(aliases, ' ')"),
        "level": same("level"),
        "parent": same("parent_code"),
        "prefix": begins("code"),
        "active": same("active"),
    },
)
PLACES = Noun(
    path="places",
    name="places 地名",
    table="place",
    key="id",
    row=rows.PlaceRow,
    form=forms.PlaceForm,
    change=forms.PlaceChange,
    page=filters.PlacePage,
    filters={
        "q": contains("name", "array_to_string(aliases, ' ')"),
        "kind": same("kind"),
        "area": begins("area_code"),
    },
    removable=True,
)
CATEGORIES = Noun(
    path="categories",
    name="categories 分类",
    table="category",
    key="code",
    row=rows.CategoryRow,
    form=forms.CategoryForm,
    change=forms.CategoryChange,
    page=filters.CategoryPage,
    filters={
        "q": contains("code", "name", "definition", "includes", "array_to_string(keywords, ' ')"),
        "level": lambda sql, level: f"length(code) = {sql.arg(2 * level)}",
        "parent": same("parent_code"),
        "prefix": begins("code"),
        "unit_kind": same("unit_kind"),
        "village_affair": same("village_affair"),
        "active": same("active"),
    },
)
RULES = Noun(
    path="routing-rules",
    name="routing rules 派单规则",
    table="routing_rule",
    key="id",
    row=rows.RuleRow,
    form=forms.RuleForm,
    change=forms.RuleChange,
    page=filters.RulePage,
    filters={
        "q": contains("note"),
        "unit": same("unit_code"),
        "category": begins("category_prefix"),
        "area": begins("area_prefix"),
        "kind": same("kind"),
    },
    removable=True,
)
POLICIES = Noun(
    path="sla-policies",
    name="time limits 办理时限",
    table="sla_policy",
    key="id",
    row=rows.PolicyRow,
    form=forms.PolicyForm,
    change=forms.PolicyChange,
    page=filters.PolicyPage,
    filters={
        "kind": same("kind"),
        "urgency": same("urgency"),
        "category": begins("category_prefix"),
    },
    removable=True,
)
DAYS = Noun(
    path="calendar",
    name="calendar 工作日历",
    table="calendar_day",
    key="day",
    row=rows.DayRow,
    form=forms.DayForm,
    change=forms.DayChange,
    page=filters.DayPage,
    filters={
        "from_": lambda sql, day: f"day >= {sql.arg(day)}",
        "to": lambda sql, day: f"day <= {sql.arg(day)}",
        "working": same("working"),
        "provisional": same("provisional"),
    },
    removable=True,
)
ARTICLES = Noun(
    path="knowledge",
    name="knowledge 知识库",
    table="knowledge_article",
    key="id",
    row=rows.ArticleRow,
    form=forms.ArticleForm,
    change=forms.ArticleChange,
    page=filters.ArticlePage,
    filters={
        "category": begins("category_code"),
        "active": same("active"),
    },
    removable=True,
)
TEMPLATES = Noun(
    path="message-templates",
    name="message templates 通知模板",
    table="message_template",
    key="code",
    row=TemplateRow,
    form=notifications.TemplateForm,
    change=notifications.TemplateChange,
    page=notifications.TemplatePage,
    filters={
        "q": contains("title", "body"),
        "key": same("key"),
        "channel": same("channel"),
        "language": same("language"),
        "active": same("active"),
    },
    removable=True,
)
ROLES = Noun(
    path="roles",
    name="roles 角色",
    table="role",
    key="code",
    row=RoleRow,
    form=RoleForm,
    change=RoleChange,
    page=RolePage,
    filters={"q": contains("code", "name")},
    removable=True,
    read=Permission.IDENTITY_READ,
    write=Permission.IDENTITY_WRITE,
)
NOUNS = (UNITS, AREAS, PLACES, CATEGORIES, RULES, POLICIES, DAYS, ARTICLES, TEMPLATES)
