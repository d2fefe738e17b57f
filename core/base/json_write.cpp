#include <charconv>
#include <cstring>

#include "core/base/json.hpp"
#include "core/base/utf8.hpp"

namespace tutti {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
constexpr std::uint64_t kHighs = 0x8080808080808080ULL;

// High bits of the zero bytes of a word (may also mark a byte above a zero one: a false alarm costs
// time only).
constexpr std::uint64_t zero_bytes(std::uint64_t word) { return (word - kOnes) & ~word & kHighs; }

// Has one of eight bytes a meaning of its own: a control, a quote, a backslash, or not ASCII?
bool special(std::uint64_t word) {
  std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
  return (control | zero_bytes(word ^ (kOnes * '"')) | zero_bytes(word ^ (kOnes * '\\')) |
          (word & kHighs)) != 0;
}

bool plain(char c) {
  return c >= 0x20 && c != '"' && c != '\\' && static_cast<unsigned char>(c) < 0x80;
}

std::size_t plain_run(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if (special(word)) break;
  }
  while (at < text.size() && plain(text[at])) ++at;
  return at;
}

void escape(unsigned char c, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += '\\';
  switch (c) {
    case '"': out += '"'; break;
    case '\\': out += '\\'; break;
    case '\b': out += 'b'; break;
    case '\f': out += 'f'; break;
    case '\n': out += 'n'; break;
    case '\r': out += 'r'; break;
    case '\t': out += 't'; break;
    default:
      out += "u00";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
  }
}

void write_string(std::string_view text, std::string& out) {
  out += '"';
  while (true) {
    std::size_t run = plain_run(text);
    out.append(text.data(), run);
    text.remove_prefix(run);
    if (text.empty()) break;
    auto c = static_cast<unsigned char>(text[0]);
    std::size_t length = 1;
    if (c < 0x80) {
      escape(c, out);
    } else if (std::size_t sequence = utf8_sequence(text)) {
      out.append(text.data(), length = sequence);
    } else {
      out += "\xef\xbf\xbd";
    }
    text.remove_prefix(length);
  }
  out += '"';
}

template <class T>
void write_integer(T number, std::string& out) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// Shortest text that reads back as the same double. From 2^53 a whole one keeps a ".0", and so does
// -0: as integers they would read back as the digits say, which are not always the double.
void write_double(double number, std::string& out) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char digits[32];
  std::string_view text(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  out += text;
  bool inexact = std::abs(number) >= 9007199254740992.0 || (number == 0 && std::signbit(number));
  if (inexact && text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace

JsonWriter& JsonWriter::open(char bracket) {
  comma();
  out_ += bracket;
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view key) {
  comma();
  write_string(key, out_);
  out_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  comma();
  write_string(text, out_);
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  comma();
  write_double(number, out_);
  return *this;
}

JsonWriter& JsonWriter::signed_number(std::int64_t number) {
  comma();
  write_integer(number, out_);
  return *this;
}

JsonWriter& JsonWriter::unsigned_number(std::uint64_t number) {
  comma();
  write_integer(number, out_);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  comma();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::value(const Json& json) {
  switch (json.type()) {
    case JsonType::null: return value(nullptr);
    case JsonType::boolean: return value(*json.as_bool());
    case JsonType::integer: return value(*json.as_int());
    case JsonType::number: return value(*json.as_double());
    case JsonType::string: return value(std::string_view(*json.as_string()));
    case JsonType::array:
      begin_array();
      for (const Json& item : *json.as_array()) value(item);
      return end_array();
    case JsonType::object:
      begin_object();
      for (const JsonMember& m : *json.as_object()) key(m.key).value(m.value);
      return end_object();
  }
  return *this;
}

void write_json(const Json& json, std::string& out) { JsonWriter(out).value(json); }

std::string write_json(const Json& json) {
  std::string out;
  write_json(json, out);
  return out;
}

}  // namespace tutti
