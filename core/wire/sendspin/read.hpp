#pragma once
// From JSON to members: the visitor behind parse_client and parse_server. Private to this folder.

#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/wire/sendspin/server_fields.hpp"

namespace tutti::wire::sendspin {

// What is wrong, and where; the place is put together on the way out, so good messages pay nothing.
struct Fault {
  std::string at;
  std::string expected;
  std::string found;
  bool unusable = false;  // of the right kind, but not what we can use
};
using MaybeFault = std::optional<Fault>;

std::string found_text(const Json& value);
std::string skipped_text(const Json& value);
MaybeFault wrong(const Json& value, std::string expected, bool unusable = false);
MaybeFault under(std::string_view key, MaybeFault fault);  // key.fault or key[2]
std::string expected_word(std::string_view known, std::string_view next);

MaybeFault read_value(const Json& value, bool& out, Any);
MaybeFault read_value(const Json& value, std::string& out, const Text& bound);
MaybeFault read_value(const Json& value, double& out, const Real& bound);
MaybeFault read_value(const Json& value, ServerTime& out, const Int& bound);
MaybeFault read_value(const Json& value, Rgb& out, Any);
MaybeFault read_integer(const Json& value, std::int64_t& out, const Int& bound);

template <std::integral I>
  requires(!std::same_as<I, bool>)
MaybeFault read_value(const Json& value, I& out, const Int& bound) {
  std::int64_t number = 0;
  if (auto fault = read_integer(value, number, bound)) return fault;
  out = static_cast<I>(number);
  return std::nullopt;
}

template <class E>
  requires std::is_enum_v<E>
MaybeFault read_value(const Json& value, E& out, Any) {
  const std::string* text = value.as_string();
  std::string known;
  for (const EnumName<E>& row : std::span<const EnumName<E>>(names_of(E{}))) {
    if (text != nullptr && row.name == *text) {
      out = row.value;
      return std::nullopt;
    }
    known = expected_word(known, row.name);
  }
  return wrong(value, std::move(known), text != nullptr);
}

template <class E>
MaybeFault read_value(const Json& value, Word<E>& out, const Text& bound) {
  std::string text;
  if (auto fault = read_value(value, text, bound)) return fault;
  out = Word<E>::of(text);
  return std::nullopt;
}

template <class T>
  requires std::is_class_v<T>
MaybeFault read_value(const Json& value, T& out, Any);

template <class T, class B>
MaybeFault read_items(const Json& value, std::vector<T>& out, const Items& items, const B& bound,
                      std::vector<std::string>* skipped = nullptr) {
  const JsonArray* array = value.as_array();
  if (array == nullptr) return wrong(value, "an array");
  if (array->size() < items.least || array->size() > items.most)
    return Fault{"",
                 "an array of " + std::to_string(items.least) + " to " +
                     std::to_string(items.most) + " items",
                 "one of " + std::to_string(array->size()), false};
  for (std::size_t i = 0; i < array->size(); ++i) {
    T item{};
    if (auto fault = read_value((*array)[i], item, bound)) {
      if (skipped == nullptr || !fault->unusable)
        return under("[" + std::to_string(i) + "]", std::move(fault));
      skipped->push_back(skipped_text((*array)[i]));
    } else {
      out.push_back(std::move(item));
    }
  }
  return std::nullopt;
}

// Reads the members of one object. After the first fault the others are left alone.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}
  MaybeFault take_fault() { return std::move(fault_); }

  template <class T, class B>
  void need(Key key, T& member, const B& bound) {
    take(key, [&](const Json& value) { return read_value(value, member, bound); });
  }
  template <class T, class B>
  void maybe(Key key, std::optional<T>& member, const B& bound) {
    if (const Json* value = there(key))
      keep(key, [&] { return read_value(*value, member.emplace(), bound); });
  }
  template <class T, class B>
  void delta(Key key, Delta<T>& member, const B& bound) {
    if (fault_) return;
    const Json* value = find(key);
    if (value == nullptr) return;
    if (value->is_null()) {
      member = Delta<T>::cleared();
      return;
    }
    T content{};
    keep(key, [&] { return read_value(*value, content, bound); });
    member = Delta<T>(std::move(content));
  }
  template <class T, class B>
  void list(Key key, std::vector<T>& member, const Items& items, const B& bound) {
    take(key, [&](const Json& value) { return read_items(value, member, items, bound); });
  }
  template <class T, class B>
  void maybe_list(Key key, std::optional<std::vector<T>>& member, const Items& items,
                  const B& bound) {
    if (const Json* value = there(key))
      keep(key, [&] { return read_items(*value, member.emplace(), items, bound); });
  }
  template <class T, class B>
  void loose_list(Key key, std::vector<T>& member, const Items& items, const B& bound) {
    if (const Json* value = there(key))
      keep(key, [&] { return read_items(*value, member, items, bound); });
  }
  template <class T>
  void usable(Key key, std::vector<T>& member, const Items& items,
              std::vector<std::string>& skipped) {
    take(key, [&](const Json& value) { return read_items(value, member, items, Any{}, &skipped); });
  }
  template <class T, class B>
  void loose(Key key, T& member, const B& bound) {
    const Json* value = there(key);
    T content = member;
    if (value != nullptr && !read_value(*value, content, bound)) member = content;
  }
  template <class T>
  void elsewhere(std::string_view object, Key key, std::optional<T>& member) {
    if (fault_ || member) return;
    const Json* parent = object_.find(object);
    if (parent == nullptr) return;
    Reader inside(*parent);
    inside.maybe(key, member, Any{});
    fault_ = under(object, inside.take_fault());
  }

 private:
  const Json* find(Key key) const {
    const Json* value = object_.find(key.now);
    return value != nullptr || key.older.empty() ? value : object_.find(key.older);
  }
  // The member if it is there and not null, and nothing was wrong before it.
  const Json* there(Key key) const {
    const Json* value = fault_ ? nullptr : find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  template <class Read>
  void keep(Key key, Read read) {
    fault_ = under(key.now, read());
  }
  // A missing member is read as a null that says "nothing".
  template <class Read>
  void take(Key key, Read read) {
    if (fault_) return;
    const Json* value = find(key);
    static const Json kNothing;
    fault_ = under(key.now, read(value == nullptr ? kNothing : *value));
    if (fault_ && value == nullptr) fault_->found = "nothing";
  }

  const Json& object_;
  MaybeFault fault_;
};

template <class T>
  requires std::is_class_v<T>
MaybeFault read_value(const Json& value, T& out, Any) {
  if (value.as_object() == nullptr) return wrong(value, "an object");
  Reader reader(value);
  fields(reader, out);
  return reader.take_fault();
}

}  // namespace tutti::wire::sendspin
