"""The distribution `yitang-funds`: the maintenance fund as a plugin of Yitang."""

from setuptools import find_packages, setup

setup(
    name="yitang-funds",
    version="0.1.dev0",
    description="Maintenance fund (住宅专项维修资金) for Yitang 议堂",
    license="MIT",
    python_requires=">=3.11",
    packages=find_packages(include=["yitang_funds*"]),
    package_data={"yitang_funds": ["*.yaml", "**/*.yaml", "skins/**/*"]},
    include_package_data=False,
    zip_safe=False,
    install_requires=["yitang", "BTrees", "PyYAML", "persistent", "python-calamine", "xlsxwriter"],
    entry_points={"portal.plugins": ["funds = yitang_funds"]},
)
