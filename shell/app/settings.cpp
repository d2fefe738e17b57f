// The table of settings and the reading of values given as text.
#include <algorithm>
#include <charconv>

#include "shell/app/config.hpp"

namespace tutti::shell {
namespace {

bool flag(const SettingValue& v) { return std::get<bool>(v); }
std::int64_t number(const SettingValue& v) { return std::get<std::int64_t>(v); }
const std::string& string(const SettingValue& v) { return std::get<std::string>(v); }
const std::vector<std::string>& list(const SettingValue& v) {
  return std::get<std::vector<std::string>>(v);
}
std::uint32_t count(const SettingValue& v) { return static_cast<std::uint32_t>(number(v)); }

LogLevel log_level(const std::string& name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "warn") return LogLevel::warn;
  return name == "error" ? LogLevel::error : LogLevel::info;
}

using C = Config;
using V = SettingValue;
using enum SettingKind;

std::vector<Setting> make_settings() {  // NOLINT(readability-function-size): a table
  return {
      {.name = "music",
       .kind = paths,
       .fallback = "",
       .doc = "folders with music",
       .set = [](C& c, const V& v) { c.music = list(v); },
       .separator = ':'},
      {.name = "edit_tags",
       .kind = boolean,
       .fallback = "off",
       .doc = "people may change the tags of music files",
       .set = [](C& c, const V& v) { c.edit_tags = flag(v); }},
      {.name = "data",
       .kind = path,
       .fallback = "",
       .doc = "where the server keeps what it knows",
       .set = [](C& c, const V& v) { c.data = string(v); }},
      {.name = "port",
       .kind = integer,
       .fallback = "",
       .doc = "TCP port; 0 takes any free one",
       .set = [](C& c, const V& v) { c.port = static_cast<std::uint16_t>(number(v)); },
       .min = 0,
       .max = 65535},
      {.name = "host",
       .kind = text,
       .fallback = "0.0.0.0",
       .doc = "address to listen on",
       .set = [](C& c, const V& v) { c.host = string(v); }},
      {.name = "edges",
       .kind = integer,
       .fallback = "1",
       .doc = "threads that serve connections",
       .set = [](C& c, const V& v) { c.edges = static_cast<int>(number(v)); },
       .min = 1,
       .max = 64},
      {.name = "tls",
       .kind = choice,
       .fallback = "off",
       .doc = "auto makes a self-signed certificate",
       .set = [](C& c,
                 const V& v) { c.tls = string(v) == "auto" ? TlsMode::automatic : TlsMode::off; },
       .choices = {"off", "auto"}},
      {.name = "cert",
       .kind = path,
       .fallback = "",
       .doc = "certificate chain, PEM; with key",
       .set = [](C& c, const V& v) { c.cert = string(v); }},
      {.name = "key",
       .kind = path,
       .fallback = "",
       .doc = "private key of the certificate, PEM",
       .set = [](C& c, const V& v) { c.key = string(v); }},
      {.name = "json",
       .kind = boolean,
       .fallback = "off",
       .doc = "say what happens as JSON lines",
       .set = [](C& c, const V& v) { c.json = flag(v); }},
      {.name = "discovery",
       .kind = boolean,
       .fallback = "on",
       .doc = "announce the server and find players by mDNS",
       .set = [](C& c, const V& v) { c.discovery = flag(v); }},
      {.name = "no_speaker",
       .kind = boolean,
       .fallback = "off",
       .doc = "do not play on this machine",
       .set = [](C& c, const V& v) { c.no_speaker = flag(v); }},
      {.name = "web",
       .kind = path,
       .fallback = "",
       .doc = "folder of the browser app",
       .set = [](C& c, const V& v) { c.web = string(v); }},
      {.name = "trusted_proxies",
       .kind = texts,
       .fallback = "",
       .doc = "proxies whose forwarded addresses count",
       .set = [](C& c, const V& v) { c.trusted_proxies = list(v); }},
      {.name = "log",
       .kind = choice,
       .fallback = "info",
       .doc = "the least that is logged",
       .set = [](C& c, const V& v) { c.log = log_level(string(v)); },
       .choices = {"debug", "info", "warn", "error"}},
      {.name = "limits.message_bytes",
       .kind = integer,
       .fallback = "65536",
       .doc = "bytes of a message",
       .set = [](C& c, const V& v) { c.limits.message_bytes = count(v); },
       .min = 1024,
       .max = 16'777'216},
      {.name = "limits.unauthenticated_per_address",
       .kind = integer,
       .fallback = "32",
       .doc = "connections per address that have not signed in",
       .set = [](C& c, const V& v) { c.limits.unauthenticated_per_address = count(v); },
       .min = 1,
       .max = 1'000'000},
      {.name = "limits.connections_per_account",
       .kind = integer,
       .fallback = "50",
       .doc = "connections per account",
       .set = [](C& c, const V& v) { c.limits.connections_per_account = count(v); },
       .min = 1,
       .max = 1'000'000},
  };
}

std::optional<SettingValue> read_text(const Setting& setting, std::string_view given) {
  switch (setting.kind) {
    case boolean:
      if (given == "on" || given == "true") return true;
      if (given == "off" || given == "false") return false;
      return std::nullopt;
    case integer: {
      std::int64_t value = 0;
      auto read = std::from_chars(given.data(), given.data() + given.size(), value);
      bool whole = read.ec == std::errc() && read.ptr == given.data() + given.size();
      if (!whole || value < setting.min || value > setting.max) return std::nullopt;
      return value;
    }
    case choice:
      for (std::string_view name : setting.choices) {
        if (name == given) return std::string(given);
      }
      return std::nullopt;
    case text:
    case path: return std::string(given);
    case texts:
    case paths: break;
  }
  std::vector<std::string> items;
  while (!given.empty()) {
    std::string_view item = given.substr(0, given.find(setting.separator));
    if (!item.empty()) items.emplace_back(item);
    given.remove_prefix(std::min(given.size(), item.size() + 1));
  }
  return items;
}

}  // namespace

std::span<const Setting> settings() {
  static const std::vector<Setting> table = make_settings();
  return table;
}

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : settings()) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

std::string environment_name(const Setting& setting) {
  std::string out = "TUTTI_";
  for (char c : setting.name)
    out += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string expected_text(const Setting& setting) {
  switch (setting.kind) {
    case boolean: return "on or off";
    case integer:
      return "an integer from " + std::to_string(setting.min) + " to " +
             std::to_string(setting.max);
    case text: return "a text";
    case path: return "a path";
    case texts: return "a list of texts";
    case paths: return "a list of paths";
    case choice: break;
  }
  std::string out;
  for (std::string_view name : setting.choices)
    out += (out.empty() ? "one of " : ", ") + std::string(name);
  return out;
}

Result<SettingValue> parse_setting(const Setting& setting, std::string_view given,
                                   std::string_view origin) {
  if (auto value = read_text(setting, given)) return std::move(*value);
  return fail(Code::bad_request, std::string(origin) + ": expected " + expected_text(setting) +
                                     ", got \"" + std::string(given) + "\"");
}

}  // namespace tutti::shell
