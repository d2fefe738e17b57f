#pragma once
// JSON (RFC 8259) as values: a small document, a strict parser with limits, a writer that appends,
// and merge patches (RFC 7396). Nothing here fails by exception: bad text is an Error, a missing
// key or another type is an empty answer.

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.hpp"

namespace tutti {

class Json;
struct JsonMember;
using JsonArray = std::vector<Json>;
// Members in the order they were written. Keys are unique: `set` and the parser see to it.
using JsonObject = std::vector<JsonMember>;

enum class JsonType : std::uint8_t { null, boolean, integer, number, string, array, object };
std::string_view name(
    JsonType type);  // "null", "boolean", "integer", "number", ... as JSON Schema calls them

class Json {
 public:
  Json();
  Json(std::nullptr_t);
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();
  template <std::same_as<bool> B>
  Json(B value);
  // Integers; an unsigned one above the range of int64 becomes the nearest double.
  template <std::integral I>
    requires(!std::same_as<I, bool> && !std::same_as<I, char>)
  Json(I value);
  Json(double value);
  Json(std::string value);
  Json(std::string_view value);
  Json(const char* value);
  Json(JsonArray value);
  Json(JsonObject value);

  // Json::object({{"op", "ping"}, {"id", 7}}); a repeated key is a bug of the caller.
  static Json object(std::initializer_list<JsonMember> members = {});
  static Json array(std::initializer_list<Json> items = {});

  JsonType type() const { return static_cast<JsonType>(value_.index()); }
  bool is_null() const { return value_.index() == 0; }

  // Empty when the value is of another type. as_int takes a double without fraction that fits;
  // as_double any number.
  std::optional<bool> as_bool() const;
  std::optional<std::int64_t> as_int() const;
  std::optional<double> as_double() const;
  const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  const JsonArray* as_array() const { return std::get_if<JsonArray>(&value_); }
  const JsonObject* as_object() const { return std::get_if<JsonObject>(&value_); }
  std::string* as_string() { return std::get_if<std::string>(&value_); }
  JsonArray* as_array() { return std::get_if<JsonArray>(&value_); }
  JsonObject* as_object() { return std::get_if<JsonObject>(&value_); }

  // The member's value, or null when there is none or this is no object. Linear in the number of
  // members.
  const Json* find(std::string_view key) const;
  Json* find(std::string_view key);
  // The string member, or an empty view: for fields where absent and empty mean the same.
  std::string_view text(std::string_view key) const;
  // Replaces or appends a member; null becomes an object first. Another type is a bug.
  Json& set(std::string_view key, Json value);
  // Appends a member whose key the caller knows to be new; for large objects, where `set` would be
  // quadratic.
  Json& add(std::string key, Json value);
  bool erase(std::string_view key);
  // Appends an item; null becomes an array first. Another type is a bug.
  Json& push(Json value);

  // Deep. The order of members does not count, and numbers are equal when they are the same number
  // (1 and 1.0).
  friend bool operator==(const Json& a, const Json& b);

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, JsonArray, JsonObject>
      value_;
};

struct JsonMember {
  std::string key;
  Json value;
};

// Here, because they need a whole JsonMember.
template <std::same_as<bool> B>
Json::Json(B value) : value_(std::in_place_type<bool>, value) {}
template <std::integral I>
  requires(!std::same_as<I, bool> && !std::same_as<I, char>)
Json::Json(I value) : value_(static_cast<std::int64_t>(value)) {
  if (std::unsigned_integral<I> && sizeof(I) == 8 && std::get<std::int64_t>(value_) < 0) {
    value_ = static_cast<double>(value);
  }
}
inline Json::Json() = default;
inline Json::Json(std::nullptr_t) {}
inline Json::Json(const Json&) = default;
inline Json::Json(Json&&) noexcept = default;
inline Json& Json::operator=(const Json&) = default;
inline Json& Json::operator=(Json&&) noexcept = default;
inline Json::~Json() = default;
inline Json::Json(double value) : value_(value) {}
inline Json::Json(std::string value) : value_(std::move(value)) {}
inline Json::Json(std::string_view value) : value_(std::in_place_type<std::string>, value) {}
inline Json::Json(const char* value) : value_(std::in_place_type<std::string>, value) {}
inline Json::Json(JsonArray value) : value_(std::move(value)) {}
inline Json::Json(JsonObject value) : value_(std::move(value)) {}

struct JsonLimits {
  std::size_t max_depth = 32;      // nested arrays and objects, at most kJsonDepthMax
  std::size_t max_nodes = 16'384;  // values of any kind; one costs about 72 bytes beside its text
};
inline constexpr std::size_t kJsonDepthMax = 256;

// Keeps its buffers between documents: own one where many are parsed.
class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(JsonParser&&) noexcept;
  JsonParser& operator=(JsonParser&&) noexcept;

  // Strict RFC 8259: one value, UTF-8, no comments, no trailing commas. Of a repeated key the last
  // value wins, in the first one's place. Numbers beyond int64 become doubles; beyond double is an
  // error. Errors: bad_request with the byte offset and what was wrong; too_large when a limit was
  // met.
  Result<Json> parse(std::string_view text, const JsonLimits& limits = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

// Appends JSON text to a string, without white space. The caller pairs begin and end and writes a
// key before each value in an object. Bytes that are not UTF-8 are written as U+FFFD, NaN and
// infinities as null.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view key);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(const Json& json);
  JsonWriter& value(std::nullptr_t) { return raw("null"); }
  template <std::same_as<bool> B>
  JsonWriter& value(B flag) {
    return raw(flag ? "true" : "false");
  }
  template <std::integral I>
    requires(!std::same_as<I, bool> && !std::same_as<I, char>)
  JsonWriter& value(I number) {
    if constexpr (std::unsigned_integral<I>) return unsigned_number(number);
    return signed_number(number);
  }
  // A value that is JSON already.
  JsonWriter& raw(std::string_view json);

  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& signed_number(std::int64_t number);
  JsonWriter& unsigned_number(std::uint64_t number);
  void comma() {
    if (comma_) out_ += ',';
    comma_ = true;
  }

  std::string& out_;
  bool comma_ = false;  // a value stands before this place, in the same array or object
};

void write_json(const Json& json, std::string& out);
std::string write_json(const Json& json);

// RFC 7396: objects are merged, null removes, anything else replaces.
void merge_patch(Json& target, const Json& patch);
// The smallest patch that makes `to` from `from`. A merge patch cannot say null: `to` has none
// inside its objects.
Json merge_diff(const Json& from, const Json& to);

}  // namespace tutti
