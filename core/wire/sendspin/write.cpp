#include <concepts>
#include <type_traits>

#include "core/base/check.hpp"
#include "core/wire/sendspin/server_fields.hpp"

namespace tutti::wire::sendspin {
namespace {

// Writes the members of one object, each under its present key.
class Writer {
 public:
  explicit Writer(JsonWriter& out) : out_(out) {}

  template <class T, class B>
  void need(Key key, const T& member, const B&) {
    out_.key(key.now);
    put(member);
  }
  template <class T, class B>
  void maybe(Key key, const std::optional<T>& member, const B& bound) {
    if (member) need(key, *member, bound);
  }
  template <class T, class B>
  void delta(Key key, const Delta<T>& member, const B& bound) {
    if (member.null()) out_.key(key.now).value(nullptr);
    else maybe(key, member.value(), bound);
  }
  template <class T, class B>
  void list(Key key, const std::vector<T>& member, const Items&, const B&) {
    out_.key(key.now).begin_array();
    for (const T& item : member) put(item);
    out_.end_array();
  }
  template <class T, class B>
  void maybe_list(Key key, const std::optional<std::vector<T>>& member, const Items& items,
                  const B& bound) {
    if (member) list(key, *member, items, bound);
  }
  template <class T, class B>
  void loose_list(Key key, const std::vector<T>& member, const Items& items, const B& bound) {
    list(key, member, items, bound);
  }
  template <class T>
  void usable(Key key, const std::vector<T>& member, const Items& items,
              const std::vector<std::string>&) {
    list(key, member, items, Any{});
  }
  template <class T, class B>
  void loose(Key key, const T& member, const B& bound) {
    need(key, member, bound);
  }
  template <class T>
  void elsewhere(std::string_view, Key, const std::optional<T>&) {}

 private:
  void put(const std::string& text) { out_.value(text); }
  void put(double number) { out_.value(number); }
  void put(ServerTime time) { out_.value(time.us); }
  void put(const Rgb& color) {
    out_.begin_array();
    for (std::uint8_t part : color) out_.value(part);
    out_.end_array();
  }
  template <std::integral I>
  void put(I number) {
    out_.value(number);
  }
  template <class E>
  void put(const Word<E>& word) {
    out_.value(word.text());
  }
  template <class T>
    requires std::is_enum_v<T> || std::is_class_v<T>
  void put(const T& part) {
    if constexpr (std::is_enum_v<T>) {
      out_.value(enum_name(part));
    } else {
      out_.begin_object();
      Writer inside(out_);
      fields(inside, part);
      out_.end_object();
    }
  }

  JsonWriter& out_;
};

template <class M>
std::string text_of(const M& message) {
  std::string text;
  text.reserve(160);
  JsonWriter out(text);
  out.begin_object().member("type", kTypeOf<M>).key("payload").begin_object();
  Writer writer(out);
  fields(writer, message);
  out.end_object().end_object();
  return text;
}
std::string text_of(const Unknown&) {
  INVARIANT(!"a message of unknown type is read, never written");
  return {};
}

}  // namespace

std::string write(const ClientMessage& message) {
  return std::visit([](const auto& m) { return text_of(m); }, message);
}
std::string write(const ServerMessage& message) {
  return std::visit([](const auto& m) { return text_of(m); }, message);
}

}  // namespace tutti::wire::sendspin
