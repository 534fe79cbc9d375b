"""What the build promises: few exported names, no state, a header for C++ too, ways to embed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
HEADERS = ["kowari.h", "kowari_dev.h"]
EXPECTED = r"\d+ cannot read the file: cannot open 'missing\.kow': no such file\n"


def run(*words: object, folder: Path = ROOT) -> str:
    """Run a program and return what it printed; show everything it said where it fails."""
    result = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def find_tool(name: str) -> str:
    """Find a program of this Python's environment or of the system, or skip the test."""
    beside = Path(sys.executable).parent
    found = shutil.which(name, path=os.pathsep.join([str(beside), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="session")
def cmake():
    os.environ["PATH"] = f"{Path(find_tool('ninja')).parent}{os.pathsep}{os.environ['PATH']}"
    return find_tool("cmake")


@pytest.fixture(scope="session")
def release(cmake):
    """The folder of the release build, which `make` has built or this builds now."""
    run(cmake, "--preset", "release")
    run(cmake, "--build", "build/release", "--parallel", "2")
    return ROOT / "build" / "release"


@pytest.fixture(scope="session")
def prefix(cmake, release, tmp_path_factory):
    """An installation of the release build."""
    folder = tmp_path_factory.mktemp("prefix")
    run(cmake, "--install", release, "--prefix", folder)
    return folder


def read(path: str) -> str:
    return (ROOT / path).read_text()


def declared(header: str) -> set[str]:
    """Return the functions that a header declares."""
    return set(re.findall(r"^KW_API .*?(\w+)\(", read(f"include/{header}"), re.MULTILINE))


def symbols(*words: object) -> set[str]:
    return {line.split()[-1] for line in run("nm", *words).splitlines() if " " in line}


# ---- what is exported ----
def test_the_library_exports_what_the_header_declares_and_nothing_else(release):
    exported = symbols("-D", "--defined-only", release / "libkowari.so")
    assert exported == declared("kowari.h")
    assert len(exported) == int(re.search(r"(\d+) functions", read("include/kowari.h"))[1])


def test_the_development_variant_adds_its_header_only(release):
    exported = symbols("-D", "--defined-only", release / "libkowari_dev.so")
    assert exported == declared("kowari.h") | declared("kowari_dev.h")


def test_the_static_library_keeps_to_its_prefix(release):
    defined = symbols("-g", "--defined-only", release / "libkowari.a")
    assert {name for name in defined if not name.startswith("kw_")} == set()


def test_the_library_neither_prints_nor_reads_locale_and_environment(release):
    needed = {
        name.split("@")[0] for name in symbols("-D", "--undefined-only", release / "libkowari.so")
    }
    forbidden = {
        "printf",
        "fprintf",
        "puts",
        "putchar",
        "fputs",
        "fwrite",
        "perror",
        "abort",
        "exit",
    }
    forbidden |= {
        "setlocale",
        "localeconv",
        "getenv",
        "strtod",
        "strtof",
        "atof",
        "sscanf",
        "stdout",
    }
    assert needed & (forbidden | {"__printf_chk", "__fprintf_chk", "stderr"}) == set()


def test_the_library_has_no_mutable_globals(release):
    rows = [
        line.split("|") for line in run("nm", "-f", "sysv", release / "libkowari.a").splitlines()
    ]
    sections = {row[0].strip(): row[6].strip() for row in rows if len(row) == 7}
    assert "kw_run" in sections  # the columns are where this looks
    mutable = re.compile(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)|\*COM\*")
    assert {name for name, section in sections.items() if mutable.match(section)} == set()


# ---- headers ----
@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("standard", ["c11", "c++17"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_header_stands_alone(header, standard, compiler, tmp_path):
    plus = standard.startswith("c++")
    if plus:
        compiler = compiler.replace("gcc", "g") + "++"
    source = tmp_path / ("use.cpp" if plus else "use.c")
    source.write_text(
        f'#include "{header}"\n#include "{header}"\nint main(void) {{ return kw_version() < 0; }}\n'
    )
    flags = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"]
    run(
        find_tool(compiler),
        f"-std={standard}",
        *flags,
        f"-I{ROOT / 'include'}",
        "-c",
        source,
        folder=tmp_path,
    )


# ---- embedding ----
def test_installs_what_users_need_and_no_more(prefix):
    files = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()}
    names = {re.sub(r"^lib/[^/]*-linux-gnu/", "lib/", name) for name in files}
    assert {name for name in names if name.startswith("include/")} == {"include/kowari.h"}
    assert {"lib/libkowari.a", "lib/libkowari.so", "lib/pkgconfig/kowari.pc"} <= names
    assert {
        "lib/cmake/kowari/kowari-config.cmake",
        "lib/cmake/kowari/kowari-config-version.cmake",
    } <= names
    assert not [name for name in names if "dev" in name]


def test_find_package_finds_it(cmake, prefix, tmp_path):
    source = ROOT / "tests" / "build" / "consumer"
    run(cmake, "-S", source, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    run(cmake, "--build", tmp_path)
    for program in ("use_kowari", "use_static"):
        assert re.fullmatch(EXPECTED, run(tmp_path / program))


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_pkg_config_finds_it(kind, prefix, tmp_path, monkeypatch):
    tool = find_tool("pkg-config")
    (folder,) = prefix.rglob("pkgconfig")
    monkeypatch.setenv("PKG_CONFIG_PATH", str(folder))
    flags = run(
        tool, "--cflags", "--libs", "kowari", *(["--static"] if kind == "static" else [])
    ).split()
    linker = ["-static"] if kind == "static" else [f"-Wl,-rpath,{folder.parent}"]
    run(
        "cc",
        ROOT / "tests" / "build" / "consumer" / "consumer.c",
        "-o",
        tmp_path / "use",
        *linker,
        *flags,
    )
    assert re.fullmatch(EXPECTED, run(tmp_path / "use"))


# ---- the amalgamation ----
def test_the_amalgamation_includes_every_source():
    source = ROOT / "src"
    files = {str(path.relative_to(source)) for path in source.rglob("*.c")} - {"kowari_all.c"}
    included = re.findall(r'^#include "(.*\.c)"', read("src/kowari_all.c"), re.MULTILINE)
    assert sorted(included) == sorted(files)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_amalgamation_compiles_in_one_line(compiler, tmp_path):
    source = ROOT / "src" / "kowari_all.c"
    said = run(compiler, "-std=c11", "-O2", "-c", source, folder=tmp_path)
    assert said == ""


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_amalgamation_passes_the_c_tests(compiler, tmp_path):
    library = ["-DKOWARI_DEV", "-c", ROOT / "src" / "kowari_all.c"]
    run(compiler, "-std=c11", "-O2", *library, "-o", tmp_path / "all.o")
    tests = sorted((ROOT / "tests" / "c").glob("test_*.c"))
    assert tests
    for test in tests:
        include = [f"-I{ROOT / 'src'}", f"-I{ROOT / 'include'}"]
        run(
            compiler,
            "-std=c11",
            "-O1",
            *include,
            test,
            tmp_path / "all.o",
            "-lm",
            "-o",
            tmp_path / test.stem,
        )
        said = run(tmp_path / test.stem, ROOT / "tests" / "hostile" / "corpus", folder=tmp_path)
        assert said.endswith(" passed, 0 failed\n")


# ---- presets ----
def test_presets_are_complete():
    presets = json.loads(read("CMakePresets.json"))["configurePresets"]
    names = {preset["name"] for preset in presets if not preset.get("hidden")}
    assert {
        "release",
        "clang",
        "asan",
        "tsan",
        "fuzz",
        "coverage",
        "arm64",
        "armv7",
        "wasi",
    } <= names
    for preset in presets:
        if "toolchainFile" in preset:
            assert (ROOT / preset["toolchainFile"]).is_file()


# ---- a library for some models ----
def test_a_library_for_some_models_has_their_kernels_only(cmake, tmp_path):
    models = "tests/golden/logistic.kow;tests/data/tflite/hostile/endless.tflite"
    choice = [f"-DKOWARI_MODELS={models}", "-DKOWARI_TESTS=OFF", "-DCMAKE_BUILD_TYPE=MinSizeRel"]
    print(run(cmake, "-S", ".", "-B", tmp_path, "-G", "Ninja", *choice))
    said = run(cmake, "--build", tmp_path, "--parallel", "2")
    library = (tmp_path / "libkowari.so").resolve()
    assert f"{library.name}: {library.stat().st_size} bytes" in said
    kernels = {name for name in symbols(library) if name.startswith("kw__run_")}
    lowered = {name for name in symbols(library) if name.startswith("kw__lower_")}
    cli = tmp_path / "kowari_host"
    uses = "".join(run(cli, "ops", "--uses", model) for model in models.split(";"))
    wanted = set(re.findall(r"KW__USE_([a-z]\w*) ", uses))
    assert {f"kw__run_{name}" for name in wanted} <= kernels
    assert len(kernels) <= len(wanted) + 3  # graphs, sessions, and copies, which outputs may need
    assert lowered == {"kw__lower_while", "kw__lower_arithmetic", "kw__lower_pair"}
    answer = run(tmp_path / "kowari", "check", ROOT / "tests/golden/logistic.kow")
    assert "0 failed" in answer
