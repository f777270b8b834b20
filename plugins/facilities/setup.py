"""The distribution `yitang-facilities`. Versions are named in the site's versions.cfg only."""

from setuptools import find_packages, setup

setup(
    name="yitang-facilities",
    version="0.1.dev0",
    description="Yitang 议堂: devices, readings, alarms and work orders",
    license="MIT",
    python_requires=">=3.11",
    packages=find_packages(include=["yitang_facilities*"]),
    package_data={
        "yitang_facilities": ["*.yaml", "workflows/*.yaml", "templates/*.pt", "locale/**/*.po"]
    },
    include_package_data=False,
    zip_safe=False,
    install_requires=["yitang", "PyYAML", "amqtt>=0.11.4", "paho-mqtt>=2.1"],
    entry_points={
        "portal.plugins": ["facilities = yitang_facilities"],
        "portal.processes": ["facilities = yitang_facilities.processes:site_processes"],
        "console_scripts": [
            "yitang-broker = yitang_facilities.broker:main",
            "yitang-ingest = yitang_facilities.ingest:main",
            "yitang-simulator = yitang_facilities.simulator:main",
        ],
    },
)
