// The one file that sees toml++, and where the sources of settings come together.
#include "shell/app/config.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/base/nearest.hpp"
#include "core/wire/address.hpp"

namespace tutti::shell {
namespace {

namespace fs = std::filesystem;
using Environment = std::map<std::string, std::string>;

std::string variable(const Environment& environment, const std::string& name) {
  auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

// The XDG base directory specification: an empty or relative variable counts as not set.
fs::path xdg(const Environment& environment, const std::string& name, const char* below_home) {
  fs::path set = variable(environment, name);
  if (set.is_absolute()) return set;
  fs::path home = variable(environment, "HOME");
  return home.empty() ? fs::path() : home / below_home;
}

std::unexpected<Error> unknown(const std::string& origin, std::string_view name,
                               std::string_view what, std::span<const std::string_view> known) {
  std::string_view near = nearest(name, known);
  std::string hint = near.empty() ? std::string() : "did you mean " + std::string(near) + "?";
  return fail(Code::bad_request,
              origin + ": unknown " + std::string(what) + " " + std::string(name), std::move(hint));
}

// Reads one TOML file into a Config.
class FileReader {
 public:
  FileReader(std::string file, const Environment& environment, Config& config)
      : file_(std::move(file)), environment_(environment), config_(config) {}

  Result<void> read() {
    std::ifstream in(file_, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    if (!in || fs::is_directory(file_)) return fail(Code::io, file_ + ": cannot be read");
    toml::parse_result parsed = toml::parse(content.str(), file_);
    if (!parsed) {
      return fail(Code::bad_request, origin(parsed.error().source()) + ": " +
                                         std::string(parsed.error().description()));
    }
    return table(parsed.table(), "");
  }

 private:
  std::string origin(const toml::source_region& at) const {
    return file_ + ":" + std::to_string(at.begin.line);
  }

  Result<void> table(const toml::table& from, const std::string& prefix) {
    for (const auto& [key, node] : from) {
      std::string name = prefix + std::string(key.str());
      const Setting* setting = find_setting(name);
      Result<void> done;
      if (setting) {
        done = one(*setting, node);
      } else if (node.is_table() && is_section(name)) {
        done = table(*node.as_table(), name + ".");
      } else {
        std::vector<std::string_view> known;
        for (const Setting& s : settings()) known.push_back(s.name);
        done = unknown(origin(key.source()), name, "setting", known);
      }
      if (!done) return done;
    }
    return {};
  }

  static bool is_section(const std::string& name) {
    for (const Setting& setting : settings()) {
      if (setting.name.starts_with(name + ".")) return true;
    }
    return false;
  }

  Result<void> one(const Setting& setting, const toml::node& node) {
    auto value = typed(setting, node);
    if (!value) {
      return fail(Code::bad_request, origin(node.source()) + ": " + std::string(setting.name) +
                                         ": expected " + expected_text(setting));
    }
    setting.set(config_, *value);
    return {};
  }

  std::optional<SettingValue> typed(const Setting& setting, const toml::node& node) const {
    bool paths = setting.kind == SettingKind::path || setting.kind == SettingKind::paths;
    auto text = [&](const toml::node& from) {
      auto given = from.value_exact<std::string>();
      return given && paths ? std::optional(absolute(*given)) : given;
    };
    if (setting.kind == SettingKind::boolean && node.is_boolean()) return *node.value_exact<bool>();
    if (setting.kind == SettingKind::integer) {
      auto given = node.value_exact<std::int64_t>();
      if (!given || *given < setting.min || *given > setting.max) return std::nullopt;
      return *given;
    }
    if (setting.kind == SettingKind::texts || setting.kind == SettingKind::paths) {
      std::vector<std::string> items;
      if (auto single = text(node)) return std::vector{*single};
      if (!node.is_array()) return std::nullopt;
      for (const toml::node& item : *node.as_array()) {
        auto given = text(item);
        if (!given) return std::nullopt;
        items.push_back(std::move(*given));
      }
      return items;
    }
    auto given = text(node);
    if (!given) return std::nullopt;
    if (paths) return *given;
    auto value = parse_setting(setting, *given, "");
    return value ? std::optional(std::move(*value)) : std::nullopt;
  }

  // In a file "~/" is the home, and other paths are relative to the file.
  std::string absolute(const std::string& path) const {
    if (path.empty()) return path;
    if (path.starts_with("~/"))
      return (fs::path(variable(environment_, "HOME")) / path.substr(2)).string();
    return (fs::absolute(file_).parent_path() / path).lexically_normal().string();
  }

  std::string file_;
  const Environment& environment_;
  Config& config_;
};

Result<void> read_environment(const Environment& environment, Config& config) {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) names.push_back(environment_name(setting));
  std::vector<std::string_view> known(names.begin(), names.end());
  known.push_back("TUTTI_CONFIG");
  for (const auto& [name, text] : environment) {
    if (!name.starts_with("TUTTI_") || name == "TUTTI_CONFIG") continue;
    auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return unknown("environment", name, "variable", known);
    const Setting& setting = settings()[static_cast<std::size_t>(found - names.begin())];
    auto value = parse_setting(setting, text, name);
    if (!value) return std::unexpected(std::move(value).error());
    setting.set(config, *value);
  }
  return {};
}

std::string flag_name(std::string_view name) {
  std::string out = "--" + std::string(name);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

Result<void> read_flags(const std::vector<Override>& flags, Config& config) {
  std::map<std::string, std::vector<std::string>, std::less<>> lists;
  for (const Override& flag : flags) {
    const Setting* setting = find_setting(flag.name);
    if (!setting) {
      std::vector<std::string_view> known;
      for (const Setting& s : settings()) known.push_back(s.name);
      return unknown("command line", flag.name, "setting", known);
    }
    // A path on the command line is one path, whatever characters are in it.
    Result<SettingValue> value = setting->kind == SettingKind::paths
                                     ? SettingValue(std::vector{flag.text})
                                     : parse_setting(*setting, flag.text, flag_name(flag.name));
    if (!value) return std::unexpected(std::move(value).error());
    if (auto* items = std::get_if<std::vector<std::string>>(&*value)) {
      std::vector<std::string>& all = lists[flag.name];
      all.insert(all.end(), items->begin(), items->end());
      setting->set(config, all);
    } else {
      setting->set(config, *value);
    }
  }
  return {};
}

// What no setting can say alone.
Result<void> check_together(const Config& config) {
  if (config.cert.empty() != config.key.empty()) {
    return fail(Code::bad_request,
                config.cert.empty() ? "key is set without cert" : "cert is set without key",
                "set both, or tls = \"auto\"");
  }
  for (const std::string& proxy : config.trusted_proxies) {
    if (wire::parse_network(proxy)) continue;
    return fail(Code::bad_request,
                "trusted_proxies: expected addresses or networks, got \"" + proxy + "\"",
                "for example 192.168.1.10 or fd00::/8");
  }
  return {};
}

// The file to read, or empty.
std::string choose_file(const ConfigSources& sources) {
  if (sources.file) return *sources.file;
  std::string named = variable(sources.environment, "TUTTI_CONFIG");
  if (!named.empty()) return named;
  fs::path user = xdg(sources.environment, "XDG_CONFIG_HOME", ".config");
  std::error_code ignored;
  if (!user.empty() && fs::exists(user / "tutti/tutti.toml", ignored))
    return (user / "tutti/tutti.toml").string();
  return fs::exists(sources.system_file, ignored) ? sources.system_file : std::string();
}

}  // namespace

Result<Config> load_config(const ConfigSources& sources) {
  Config config;
  config.file = choose_file(sources);
  Result<void> done;
  if (!config.file.empty()) done = FileReader(config.file, sources.environment, config).read();
  if (done) done = read_environment(sources.environment, config);
  if (done) done = read_flags(sources.flags, config);
  if (done) done = check_together(config);
  if (!done) return std::unexpected(std::move(done).error());
  if (config.data.empty()) {
    fs::path base = xdg(sources.environment, "XDG_DATA_HOME", ".local/share");
    if (base.empty())
      return fail(Code::bad_request, "data: no folder is set and HOME is not either",
                  "use --data DIR");
    config.data = (base / "tutti").string();
  }
  return config;
}

}  // namespace tutti::shell
