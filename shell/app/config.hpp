#pragma once
// The settings of `tutti serve`: one table of names, types, ranges and meanings, from which file,
// environment, flags and help come. Flags go over environment (TUTTI_PORT), environment over file,
// file over defaults. Thread: main, before anything else starts.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::shell {

enum class TlsMode : std::uint8_t { off, automatic };
enum class LogLevel : std::uint8_t { debug, info, warn, error };

struct Config {
  struct Limits {
    std::uint32_t message_bytes = 65'536;
    std::uint32_t unauthenticated_per_address = 32;
    std::uint32_t connections_per_account = 50;
    friend bool operator==(const Limits&, const Limits&) = default;
  };

  std::vector<std::string> music;
  bool edit_tags = false;
  std::string data;                   // never empty after load_config
  std::optional<std::uint16_t> port;  // none: 8927, or the next free one; 0: any free one
  std::string host = "0.0.0.0";
  int edges = 1;
  TlsMode tls = TlsMode::off;
  std::string cert;  // both or neither
  std::string key;
  bool json = false;
  bool discovery = true;
  bool no_speaker = false;
  std::string web;                           // empty: beside the program
  std::vector<std::string> trusted_proxies;  // addresses or networks: "10.0.0.1", "fd00::/8"
  LogLevel log = LogLevel::info;
  Limits limits;

  std::string file;  // the file that was read, or empty; no setting
  friend bool operator==(const Config&, const Config&) = default;
};

// Lists are `texts` and `paths`.
enum class SettingKind : std::uint8_t { boolean, integer, text, path, choice, texts, paths };
using SettingValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

struct Setting {
  std::string_view name;  // as in the file; "limits.message_bytes" is message_bytes in [limits]
  SettingKind kind;
  std::string_view fallback;  // as text; empty for none
  std::string_view doc;
  void (*set)(Config&, const SettingValue&);
  std::int64_t min = 0;  // of an integer
  std::int64_t max = 0;
  std::vector<std::string_view> choices{};
  char separator = ',';  // between the items of a list given as one text
};

std::span<const Setting> settings();
const Setting* find_setting(std::string_view name);
std::string environment_name(const Setting& setting);  // "TUTTI_LIMITS_MESSAGE_BYTES"
// What a value must be, for errors and help: "an integer from 1 to 64", "one of off, auto".
std::string expected_text(const Setting& setting);
// Reads a value given as text. Errors: bad_request, "<origin>: expected ..., got ...".
Result<SettingValue> parse_setting(const Setting& setting, std::string_view text,
                                   std::string_view origin);

struct Override {
  std::string name;  // of a setting
  std::string
      text;  // a list may come in several; together they replace what environment and file say
};

struct ConfigSources {
  std::optional<std::string>
      file{};  // --config; else TUTTI_CONFIG, else the first default that exists
  std::map<std::string, std::string> environment{};  // all of it: HOME and XDG_* count too
  std::vector<Override> flags{};
  std::string system_file = "/etc/tutti/tutti.toml";
};

// Errors: bad_request that names file and line, variable or flag, what was expected, and for an
// unknown name the nearest known one; io for a file that cannot be read.
Result<Config> load_config(const ConfigSources& sources);

}  // namespace tutti::shell
