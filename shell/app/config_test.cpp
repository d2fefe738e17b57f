// Guards: the order of sources, and that nothing mistyped is passed over: each error names where,
// what was expected and the nearest known name. How: small files in a temporary folder and
// environments made by hand.
#include "shell/app/config.hpp"

#include <doctest/doctest.h>

#include "shell/loop/files_test_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

struct Folder : TempDir {
  std::string file(const std::string& name, const std::string& text) const {
    put(name, text);
    return *this / name;
  }
};

// A home without any file, so that this machine's own settings do not count.
ConfigSources sources(const Folder& folder) {
  return {.environment = {{"HOME", folder / "home"}}, .system_file = folder / "etc/tutti.toml"};
}

Error problem(const ConfigSources& from) {
  auto config = load_config(from);
  REQUIRE_FALSE(config.has_value());
  return config.error();
}

}  // namespace

TEST_CASE("config: with nothing set the defaults hold, and the table's defaults are the struct's") {
  Folder folder;
  auto config = load_config(sources(folder));
  REQUIRE(config.has_value());
  CHECK(config->data == folder / "home/.local/share/tutti");
  Config expected;
  expected.data = config->data;
  CHECK(*config == expected);
  Config from_table;
  from_table.limits = {0, 0, 0};
  from_table.edges = 0;
  from_table.discovery = false;
  from_table.host.clear();
  for (const Setting& setting : settings()) {
    if (setting.fallback.empty()) continue;
    auto value = parse_setting(setting, setting.fallback, "table");
    REQUIRE(value.has_value());
    setting.set(from_table, *value);
  }
  CHECK(from_table == Config{});
}

TEST_CASE("config: flags go over environment, environment over file, for every kind of value") {
  Folder folder;
  ConfigSources from = sources(folder);
  from.file = folder.file(
      "t.toml",
      "port = 1\nhost = \"1.1.1.1\"\ntls = \"auto\"\ndiscovery = false\nmusic = [\"/a\", \"b\"]\n"
      "edges = 2\n[limits]\nmessage_bytes = 2048\nconnections_per_account = 5\n");
  auto config = load_config(from);
  REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error().text));
  CHECK(config->file == *from.file);
  CHECK(config->port == 1);
  CHECK(config->host == "1.1.1.1");
  CHECK(config->tls == TlsMode::automatic);
  CHECK_FALSE(config->discovery);
  CHECK(config->music == std::vector<std::string>{"/a", folder / "b"});
  CHECK(config->limits.message_bytes == 2048);
  CHECK(config->limits.connections_per_account == 5);

  from.environment["TUTTI_PORT"] = "2";
  from.environment["TUTTI_TLS"] = "off";
  from.environment["TUTTI_DISCOVERY"] = "on";
  from.environment["TUTTI_MUSIC"] = "/c:/d";
  from.environment["TUTTI_LIMITS_MESSAGE_BYTES"] = "4096";
  config = load_config(from);
  REQUIRE(config.has_value());
  CHECK(config->port == 2);
  CHECK(config->tls == TlsMode::off);
  CHECK(config->discovery);
  CHECK(config->music == std::vector<std::string>{"/c", "/d"});
  CHECK(config->limits.message_bytes == 4096);
  CHECK(config->limits.connections_per_account == 5);
  CHECK(config->edges == 2);

  from.flags = {{"port", "0"},
                {"music", "/e:f"},
                {"music", "g"},
                {"discovery", "off"},
                {"log", "warn"},
                {"trusted_proxies", "10.0.0.1,fd00::/8"},
                {"trusted_proxies", "10.0.0.2"},
                {"data", "/x"}};
  config = load_config(from);
  REQUIRE(config.has_value());
  CHECK(config->port == 0);
  CHECK(config->music == std::vector<std::string>{"/e:f", "g"});
  CHECK_FALSE(config->discovery);
  CHECK(config->log == LogLevel::warn);
  CHECK(config->trusted_proxies == std::vector<std::string>{"10.0.0.1", "fd00::/8", "10.0.0.2"});
  CHECK(config->data == "/x");
}

TEST_CASE(
    "config: the file is --config, else TUTTI_CONFIG, else the user's, else the system's; one "
    "alone is read") {
  Folder folder;
  ConfigSources from = sources(folder);
  auto port = [&] { return load_config(from).value().port; };
  CHECK_FALSE(port());
  folder.file("etc/tutti.toml", "port = 1\nedges = 3");
  CHECK(port() == 1);
  folder.file("home/.config/tutti/tutti.toml", "port = 2");
  CHECK(port() == 2);
  CHECK(load_config(from)->edges == 1);
  folder.file("xdg/tutti/tutti.toml", "port = 3");
  from.environment["XDG_CONFIG_HOME"] = folder / "xdg";
  CHECK(port() == 3);
  from.environment["XDG_CONFIG_HOME"] = "relative";
  CHECK(port() == 2);
  from.environment["TUTTI_CONFIG"] = folder.file("named.toml", "port = 4");
  CHECK(port() == 4);
  from.file = folder.file("flag.toml", "port = 5");
  CHECK(port() == 5);
  from.file = folder / "missing.toml";
  CHECK(problem(from).code == Code::io);
  from.file = folder.path();
  CHECK(problem(from).code == Code::io);
}

TEST_CASE("config: an unknown key or variable is an error that names the nearest known one") {
  Folder folder;
  ConfigSources from = sources(folder);
  from.file = folder.file("t.toml", "host = \"x\"\nprot = 1\n");
  CHECK(problem(from) ==
        Error{Code::bad_request, *from.file + ":2: unknown setting prot", "did you mean port?"});
  from.file = folder.file("t.toml", "\n[limits]\nmesage_bytes = 1\n");
  CHECK(problem(from).text == *from.file + ":3: unknown setting limits.mesage_bytes");
  CHECK(problem(from).hint == "did you mean limits.message_bytes?");
  from.file = folder.file("t.toml", "[volume]\nx = 1\n");
  CHECK(problem(from).text == *from.file + ":1: unknown setting volume");
  CHECK(problem(from).hint.empty());
  from.file.reset();
  from.environment["TUTTI_PROT"] = "1";
  CHECK(problem(from).text == "environment: unknown variable TUTTI_PROT");
  CHECK(problem(from).hint == "did you mean TUTTI_PORT?");
  from.environment.erase("TUTTI_PROT");
  from.flags = {{"datta", "x"}};
  CHECK(problem(from).text == "command line: unknown setting datta");
  CHECK(problem(from).hint == "did you mean data?");
}

TEST_CASE("config: a wrong type or range names key, place and what was expected") {
  Folder folder;
  ConfigSources from = sources(folder);
  auto file_says = [&](std::string_view text) {
    from.file = folder.file("t.toml", std::string(text));
    std::string said = problem(from).text;
    REQUIRE(said.starts_with(*from.file));
    return said.substr(from.file->size());
  };
  CHECK(file_says("port = \"8080\"") == ":1: port: expected an integer from 0 to 65535");
  CHECK(file_says("\nport = 65536") == ":2: port: expected an integer from 0 to 65535");
  CHECK(file_says("edges = 0") == ":1: edges: expected an integer from 1 to 64");
  CHECK(file_says("edges = 1.0") == ":1: edges: expected an integer from 1 to 64");
  CHECK(file_says("json = 1") == ":1: json: expected on or off");
  CHECK(file_says("host = 1") == ":1: host: expected a text");
  CHECK(file_says("music = [1]") == ":1: music: expected a list of paths");
  CHECK(file_says("tls = \"on\"") == ":1: tls: expected one of off, auto");
  CHECK(file_says("port = 1\nport = 2").starts_with(":2: "));
  CHECK(file_says("port = = 1").starts_with(":1: "));
  CHECK(file_says("limits = 1") == ":1: unknown setting limits");
  from.file.reset();
  from.environment["TUTTI_EDGES"] = "65";
  CHECK(problem(from).text == "TUTTI_EDGES: expected an integer from 1 to 64, got \"65\"");
  from.environment.erase("TUTTI_EDGES");
  from.flags = {{"no_speaker", "maybe"}};
  CHECK(problem(from).text == "--no-speaker: expected on or off, got \"maybe\"");
}

TEST_CASE("config: settings that belong together are checked together") {
  Folder folder;
  ConfigSources from = sources(folder);
  from.flags = {{"cert", "a.pem"}};
  CHECK(problem(from).text == "cert is set without key");
  from.flags = {{"cert", "a.pem"}, {"key", "b.pem"}};
  CHECK(load_config(from).has_value());
  for (const char* bad :
       {"proxy", "10.0.0", "10.0.0.1/33", "fd00::/129", "10.0.0.1/", "10.0.0.1/x"}) {
    from.flags = {{"trusted_proxies", bad}};
    CHECK(problem(from).text.starts_with("trusted_proxies: "));
  }
  from.flags.clear();
  from.environment.erase("HOME");
  CHECK(problem(from).text.starts_with("data: "));
  from.environment["XDG_DATA_HOME"] = "/data";
  CHECK(load_config(from)->data == "/data/tutti");
}

TEST_CASE("config: in a file ~ is the home and paths are relative to the file") {
  Folder folder;
  ConfigSources from = sources(folder);
  from.file =
      folder.file("sub/t.toml", "music = \"~/Music\"\ndata = \"../data\"\nweb = \"/web\"\n");
  auto config = load_config(from);
  REQUIRE(config.has_value());
  CHECK(config->music == std::vector<std::string>{folder / "home/Music"});
  CHECK(config->data == folder / "data");
  CHECK(config->web == "/web");
}
