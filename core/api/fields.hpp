#pragma once
// One description per struct: `template <class V> void fields(V& v)` names each member once, and
// its reader, writer and JSON Schema come from it.
//
//   struct Search {
//     std::string text;
//     int limit = 50;
//     template <class V> void fields(V& v) {
//       v.field("text", text, {.text = "what to look for", .max_length = 200});
//       v.optional("limit", limit, {.text = "at most so many", .min = 1, .max = 500});
//     }
//   };
//   Result<Search> search = api::read<Search>(json);
//
// Members may be bool, integers, double, std::string, enums with names_of, ids, Json (anything),
// structs with fields, and std::optional and std::vector of these.

#include <concepts>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/base/names.hpp"
#include "core/base/result.hpp"

namespace tutti::api {

// What a field means and what it may be. Lengths are in characters; 0 stands for no limit of its
// own.
struct Doc {
  std::string_view text{};
  std::optional<double> min{};
  std::optional<double> max{};
  std::size_t max_length = 0;
  std::size_t max_items = 0;
};

// An enum has names by a function found beside it (core/base/names.hpp).
using tutti::EnumName;
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) {
  { names_of(e) } -> std::convertible_to<std::span<const EnumName<E>>>;
};

// Where a value stands, for errors: "args.tracks[3].id". Built only when there is something to say.
struct Place {
  const Place* up = nullptr;
  std::string_view name{};
  std::size_t index = 0;  // counts when name is empty
  std::string text() const;
};

class Reader;
class Writer;
class Schema;

namespace detail {

template <class T>
inline constexpr bool kIsId = false;
template <class Tag>
inline constexpr bool kIsId<Id<Tag>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

using Checked = std::optional<Error>;  // empty: all is well
Error expected(const Place& place, std::string_view what, const Json& got);
Checked check_number(double value, const Doc& doc, const Place& place, const Json& got);
Checked check_text(const std::string& text, const Doc& doc, const Place& place);
Checked check_items(const Json& json, const Doc& doc, const Place& place);
Error unknown_name(const Place& place, std::span<const std::string_view> known, const Json& got);

template <class T>
Checked read_value(const Json& json, T& out, const Doc& doc, const Place& place);
template <class T>
Json write_value(const T& value);
template <class T>
Json schema_value(const Doc& doc);

Json number_schema(std::string_view type, std::optional<double> low, std::optional<double> high,
                   const Doc& doc);
Json string_schema(const Doc& doc);
Json array_schema(Json items, const Doc& doc);
Json enum_schema(std::span<const std::string_view> names);
void describe(Json& schema, const Doc& doc);

}  // namespace detail

// Visitors of fields(). Unknown members of the JSON are ignored; the first error stays.
class Reader {
 public:
  Reader(const Json& json, const Place& place) : json_(json), place_(place) {
    if (!json.as_object()) error_ = detail::expected(place, "an object", json);
  }
  template <class T>
  void field(std::string_view name, T& member, const Doc& doc = {}) {
    read(name, member, doc, !detail::kIsOptional<T>);
  }
  // Absent leaves the member at its default.
  template <class T>
  void optional(std::string_view name, T& member, const Doc& doc = {}) {
    read(name, member, doc, false);
  }
  detail::Checked take() { return std::move(error_); }

 private:
  template <class T>
  void read(std::string_view name, T& member, const Doc& doc, bool required) {
    if (error_) return;
    Place here{&place_, name};
    if (const Json* found = json_.find(name)) {
      error_ = detail::read_value(*found, member, doc, here);
    } else if (required) {
      error_ = Error{Code::bad_request, here.text() + ": missing"};
    }
  }

  const Json& json_;
  const Place& place_;
  detail::Checked error_;
};

// Writes every member but an empty std::optional.
class Writer {
 public:
  template <class T>
  void field(std::string_view name, const T& member, const Doc& = {}) {
    if constexpr (detail::kIsOptional<T>) {
      if (!member) return;
    }
    out_.add(std::string(name), detail::write_value(member));
  }
  template <class T>
  void optional(std::string_view name, const T& member, const Doc& doc = {}) {
    field(name, member, doc);
  }
  Json take() { return std::move(out_); }

 private:
  Json out_ = Json::object();
};

// JSON Schema (2020-12) of an object: the subset that validate.hpp checks.
class Schema {
 public:
  template <class T>
  void field(std::string_view name, const T& member, const Doc& doc = {}) {
    if (!detail::kIsOptional<T>) required_.push_back(name);
    property(name, member, doc);
  }
  template <class T>
  void optional(std::string_view name, const T& member, const Doc& doc = {}) {
    Json& schema = property(name, member, doc);
    if constexpr (std::is_arithmetic_v<T> || NamedEnum<T>)
      schema.set("default", detail::write_value(member));
  }
  Json take() {
    Json out = Json::object({{"type", "object"}, {"properties", std::move(properties_)}});
    if (!required_.empty()) out.add("required", std::move(required_));
    return out;
  }

 private:
  template <class T>
  Json& property(std::string_view name, const T&, const Doc& doc) {
    Json& schema = properties_.add(std::string(name), detail::schema_value<T>(doc));
    detail::describe(schema, doc);
    return schema;
  }
  Json properties_ = Json::object();
  JsonArray required_;
};

// A request or answer without content.
struct Nothing {
  template <class V>
  void fields(V&) {}
};

// Errors: bad_request that names the field, what was expected and what was found. `root` names the
// whole value.
template <class T>
Result<T> read(const Json& json, std::string_view root = "args") {
  T out{};
  if (auto error = detail::read_value(json, out, Doc{}, Place{nullptr, root}))
    return std::unexpected(std::move(*error));
  return out;
}

template <class T>
Json write(const T& value) {
  return detail::write_value(value);
}

template <class T>
Json schema() {
  return detail::schema_value<T>(Doc{});
}

}  // namespace tutti::api

#include "core/api/fields.inc"
