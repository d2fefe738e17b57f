// Guards: every message that can be is read back as it was written, and none that was tampered with
// does harm. How: a third visitor of the members draws values inside their bounds.
#include <doctest/doctest.h>

#include "core/base/utf8.hpp"
#include "core/wire/sendspin/server_fields.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::wire::sendspin;

namespace {

class Drawer {
 public:
  explicit Drawer(Choose& choose) : choose_(choose) {}

  template <class T, class B>
  void need(Key, T& member, const B& bound) {
    draw(member, bound);
  }
  template <class T, class B>
  void maybe(Key, std::optional<T>& member, const B& bound) {
    if (choose_.choose(3, "there") != 0) draw(member.emplace(), bound);
  }
  template <class T, class B>
  void delta(Key, Delta<T>& member, const B& bound) {
    std::uint32_t kind = choose_.choose(3, "delta");
    if (kind == 1) member = Delta<T>::cleared();
    if (kind != 2) return;
    T content{};
    draw(content, bound);
    member = Delta<T>(std::move(content));
  }
  template <class T, class B>
  void list(Key, std::vector<T>& member, const Items& items, const B& bound) {
    auto spread = static_cast<std::uint32_t>(std::min<std::size_t>(items.most - items.least, 4));
    member.resize(items.least + choose_.choose(spread + 1, "items"));
    for (T& item : member) draw(item, bound);
  }
  template <class T, class B>
  void maybe_list(Key key, std::optional<std::vector<T>>& member, const Items& items,
                  const B& bound) {
    if (choose_.choose(3, "there") != 0) list(key, member.emplace(), items, bound);
  }
  template <class T, class B>
  void loose_list(Key key, std::vector<T>& member, const Items& items, const B& bound) {
    list(key, member, items, bound);
  }
  template <class T>
  void usable(Key key, std::vector<T>& member, const Items& items, std::vector<std::string>&) {
    list(key, member, items, Any{});
  }
  template <class T, class B>
  void loose(Key, T& member, const B& bound) {
    draw(member, bound);
  }
  template <class T>
  void elsewhere(std::string_view, Key, std::optional<T>&) {}

 private:
  void draw(bool& flag, Any) { flag = choose_.choose(2, "flag") != 0; }
  void draw(std::string& text, const Text& bound) {
    text = utf8_prefix(explore::draw_text(choose_, 12), bound.most);
    if (text.size() < bound.least) text = "x";
    // Now and then as long as allowed.
    if (choose_.choose(8, "long") == 7) text.append(bound.most - text.size(), 'z');
  }
  void draw(double& number, const Real& bound) {
    double part = static_cast<double>(choose_.choose(1'000'001, "real")) / 1'000'000;
    number = bound.least + part * (bound.most - bound.least);
  }
  void draw(ServerTime& time, const Int& bound) { draw(time.us, bound); }
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  void draw(I& number, const Int& bound) {
    auto range = static_cast<std::uint64_t>(bound.most) - static_cast<std::uint64_t>(bound.least);
    std::uint64_t steps = range / static_cast<std::uint64_t>(bound.step);
    std::uint64_t at = explore::draw_bits(choose_, "integer");
    std::uint32_t edge = choose_.choose(4, "edge");
    if (edge == 1) at = 0;
    else if (edge == 2) at = steps;
    else if (steps != UINT64_MAX) at %= steps + 1;
    number = static_cast<I>(static_cast<std::uint64_t>(bound.least) +
                            at * static_cast<std::uint64_t>(bound.step));
  }
  void draw(Rgb& color, Any) {
    for (auto& part : color) part = static_cast<std::uint8_t>(choose_.choose(256, "colour"));
  }
  template <class E>
    requires std::is_enum_v<E>
  void draw(E& word, Any) {
    word = explore::pick(choose_, names_of(E{}), "word").value;
  }
  template <class E>
  void draw(Word<E>& word, const Text& bound) {
    std::string text(explore::pick(choose_, names_of(E{}), "word").name);
    if (choose_.choose(8, "newer") == 7) draw(text, bound);
    word = Word<E>::of(text);
  }
  template <class T>
    requires std::is_class_v<T>
  void draw(T& part, Any) {
    fields(*this, part);
  }

  Choose& choose_;
};

template <class Message, std::size_t I = 1>  // 0 is Unknown
Message draw_message(Choose& choose, std::size_t index) {
  if constexpr (I < std::variant_size_v<Message>) {
    if (index != I) return draw_message<Message, I + 1>(choose, index);
    std::variant_alternative_t<I, Message> message;
    Drawer drawer(choose);
    fields(drawer, message);
    return message;
  }
  std::unreachable();
}

auto parse(const ClientMessage&, std::string_view text) { return parse_client(text); }
auto parse(const ServerMessage&, std::string_view text) { return parse_server(text); }

template <class Message>
Message draw_any(Choose& choose) {
  constexpr auto kKinds = static_cast<std::uint32_t>(std::variant_size_v<Message> - 1);
  return draw_message<Message>(choose, 1 + choose.choose(kKinds, "message"));
}

template <class Message>
explore::Broken round_trip(Choose& choose) {
  auto message = draw_any<Message>(choose);
  std::string text = write(message);
  auto again = parse(message, text);
  FAIL_UNLESS(again.has_value(), again.error().text + " in " + text);
  FAIL_UNLESS(*again == message, text);
  FAIL_UNLESS(write(*again) == text, text);
  return explore::kHolds;
}

// A value anywhere inside of `root`.
Json& somewhere(Json& root, Choose& choose) {
  Json* at = &root;
  while (choose.choose(5, "deeper") != 0) {
    if (JsonObject* object = at->as_object(); object != nullptr && !object->empty()) {
      at = &(*object)[choose.choose(static_cast<std::uint32_t>(object->size()), "key")].value;
    } else if (JsonArray* array = at->as_array(); array != nullptr && !array->empty()) {
      at = &(*array)[choose.choose(static_cast<std::uint32_t>(array->size()), "item")];
    } else {
      break;
    }
  }
  return *at;
}

Json hostile(Choose& choose) {
  static const Json kValues[] = {Json(),
                                 Json(true),
                                 Json(-1),
                                 Json(0.5),
                                 Json(std::int64_t{INT64_MIN}),
                                 Json(1e300),
                                 Json(""),
                                 Json(std::string(300, 'a') + "\u00e9"),
                                 Json::array(),
                                 Json::array({Json::object(), Json(7)}),
                                 Json::object(),
                                 Json::object({{"command", "volume"}})};
  return explore::pick(choose, kValues, "hostile");
}

// Whatever is put in the place of any value: an error that says where, or a message that can be
// written and read again.
template <class Message>
explore::Broken tampered(Choose& choose) {
  Json json = *parse_json(write(draw_any<Message>(choose)));
  for (std::uint32_t n = 1 + choose.choose(3, "changes"); n > 0; --n)
    somewhere(json, choose) = hostile(choose);
  std::string text = write_json(json);
  auto message = parse(Message(), text);
  if (!message) {
    FAIL_UNLESS(message.error().code == Code::bad_request, text);
    FAIL_UNLESS(message.error().text.contains(": expected "), message.error().text);
    FAIL_UNLESS(message.error().text.contains(", found "), message.error().text);
    return explore::kHolds;
  }
  if (std::holds_alternative<Unknown>(*message)) return explore::kHolds;
  std::string once = write(*message);
  auto again = parse(Message(), once);
  FAIL_UNLESS(again.has_value(), once);
  FAIL_UNLESS(write(*again) == once, once);
  return explore::kHolds;
}

}  // namespace

TEST_CASE("sendspin round trip: what a client writes is read back the same") {
  CHECK_FOR_ALL(81, 3'000, round_trip<ClientMessage>);
}
TEST_CASE("sendspin round trip: what a server writes is read back the same") {
  CHECK_FOR_ALL(82, 3'000, round_trip<ServerMessage>);
}
TEST_CASE(
    "sendspin round trip: a client's message that was tampered with is an error or a message") {
  CHECK_FOR_ALL(83, 5'000, tampered<ClientMessage>);
}
TEST_CASE(
    "sendspin round trip: a server's message that was tampered with is an error or a message") {
  CHECK_FOR_ALL(84, 5'000, tampered<ServerMessage>);
}
