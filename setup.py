"""The distribution `yitang`. Versions are named in versions.cfg only."""

from setuptools import find_packages, setup

INSTALL_REQUIRES = [
    # The object portal. Substance D 1.0b1 sorts below 1.0.post1 and needs Pyramid 1.x;
    # Pyramid and Substance D import pkg_resources, which setuptools 81 removed.
    "substanced==1.0b1",
    "pyramid>=1.10.8,<2",
    "setuptools<81",
    "pyramid_chameleon",
    "pyramid_retry",
    "pyramid_tm",
    "pyramid_zodbconn",
    "hypatia",
    "venusian",
    "WebOb",
    "zope.interface",
    # The object database and its storages by URI.
    "BTrees",
    "ZEO",
    "ZODB",
    "persistent",
    "transaction",
    "zodburi",
    # Serving: WSGI server and ini files.
    "PasteDeploy",
    "plaster",
    "plaster_pastedeploy",
    "waitress",
    # Forms, templates, translations.
    "Chameleon",
    "babel",
    "colander",
    "deform",
    "markdown-it-py",
    "translationstring",
    # Passwords: cryptacular 1.6 does not build with current tools.
    "cryptacular==1.4.1",
    # Field encryption, signatures, time stamps, canonical JSON.
    # pycryptodome only splits the key of a ballot among trustees: cryptography has no Shamir.
    "cryptography>=47",
    "pycryptodome",
    "rfc3161-client",
    "rfc8785",
    # Background work.
    "celery",
    "kombu",
    # Documents and sheets: vouchers, results, register import and export, QR codes.
    "pillow",
    "python-calamine",
    "python-docx",
    "segno",
    "markupsafe",
    "zxcvbn",
    "argon2-cffi",
    "typst",
    "xlsxwriter",
    # Data files and small facts: YAML, phone numbers, ID numbers, calendars.
    "PyYAML",
    "icalendar",
    "limits",
    "phonenumbers",
    "python-stdnum",
    # JSON API: requests are checked by the schemas of its OpenAPI document.
    "jsonschema",
]

EXTRAS_REQUIRE = {
    # RelStorage: the object database inside PostgreSQL.
    "postgres": ["psycopg2-binary", "relstorage"],
    # Redis as the task broker.
    "redis": ["redis"],
    # Everything `make check` and `make test` run.
    "test": [
        "aiosmtpd",
        "WebTest",
        "beancount",
        "hypothesis",
        "import-linter",
        "mypy",
        "packaging",
        "playwright",
        "psutil",
        "pymerkle",
        "pypdfium2",
        "pytest",
        "pytest-timeout",
        "pytest-xdist",
        "requests",
        "ruff",
        "schemathesis",
        "types-PyYAML",
    ],
}

PACKAGES = find_packages(
    include=["portal*", "content_types*", "workflows*", "skins*"],
    exclude=["skins.node_modules*"],
)

setup(
    name="yitang",
    version="0.1.dev0",
    description="Yitang 议堂: a portal for owners' assemblies",
    license="MIT",
    python_requires=">=3.11",
    packages=PACKAGES,
    package_data={
        "portal": ["*.yaml", "**/*.yaml", "**/*.json", "**/*.typ", "**/*.sql", "**/*.html"],
        "content_types": ["**/*.yaml", "**/*.xlsx", "**/*.typ"],
        "workflows": ["*.yaml", "*/*.yaml"],
        "skins": [
            "default/**/*",
            "forms/**/*",
            "help/**/*",
            "static/**/*",
            "locale/**/*",
            "messages/*.yaml",
            "*.json",
        ],
    },
    include_package_data=False,
    zip_safe=False,
    install_requires=INSTALL_REQUIRES,
    extras_require=EXTRAS_REQUIRE,
    entry_points={
        "console_scripts": ["yitang = portal.scripts.main:main"],
        "paste.app_factory": ["main = portal.app:main"],
    },
)
