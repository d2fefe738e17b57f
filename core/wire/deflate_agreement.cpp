#include "core/wire/deflate_agreement.hpp"

#include <algorithm>

namespace tutti::wire {
namespace {

constexpr std::string_view kName = "permessage-deflate";
constexpr std::string_view kServerNoContext = "server_no_context_takeover";
constexpr std::string_view kClientNoContext = "client_no_context_takeover";
constexpr std::string_view kServerBits = "server_max_window_bits";
constexpr std::string_view kClientBits = "client_max_window_bits";

struct Parameters {
  bool server_no_context = false;
  bool client_no_context = false;
  std::optional<int> server_bits;
  std::optional<int> client_bits;
  bool client_bits_named = false;  // an offer may name it without a value
};

// 8 to 15, without leading zeros (RFC 7692 section 7.1.2).
std::optional<int> window_bits(const std::optional<std::string>& value) {
  if (!value || value->empty() || value->size() > 2 || value->front() == '0') return std::nullopt;
  int bits = 0;
  for (char c : *value) {
    if (c < '0' || c > '9') return std::nullopt;
    bits = bits * 10 + (c - '0');
  }
  if (bits < 8 || bits > 15) return std::nullopt;
  return bits;
}

bool read_parameter(const ExtensionParameter& parameter, bool offer, Parameters& out) {
  auto flag = [&](bool& target) {
    if (target || parameter.value) return false;
    return target = true;
  };
  if (equal_nocase(parameter.name, kServerNoContext)) return flag(out.server_no_context);
  if (equal_nocase(parameter.name, kClientNoContext)) return flag(out.client_no_context);
  if (equal_nocase(parameter.name, kServerBits)) {
    if (out.server_bits) return false;
    out.server_bits = window_bits(parameter.value);
    return out.server_bits.has_value();
  }
  if (!equal_nocase(parameter.name, kClientBits) || out.client_bits_named) return false;
  out.client_bits_named = true;
  out.client_bits = window_bits(parameter.value);
  return out.client_bits.has_value() || (offer && !parameter.value);
}

// Nothing when a parameter is unknown, repeated or malformed.
std::optional<Parameters> read_parameters(const Extension& extension, bool offer) {
  Parameters out;
  for (const ExtensionParameter& parameter : extension.parameters) {
    if (!read_parameter(parameter, offer, out)) return std::nullopt;
  }
  return out;
}

void add(std::string& text, std::string_view name, std::optional<int> value = std::nullopt) {
  text += "; ";
  text += name;
  if (value) text += "=" + std::to_string(*value);
}

DeflateAnswer grant(const Parameters& offer, const DeflatePolicy& policy) {
  DeflateAnswer answer{{}, std::string(kName)};
  DeflateAgreement& agreed = answer.agreement;
  agreed.server_no_context = offer.server_no_context || !policy.may_keep_server_context;
  // Every client has to understand the demand in an answer (section 7.1.1.2); the offer is a hint
  // only.
  agreed.client_no_context = offer.client_no_context || !policy.may_keep_client_context;
  if (agreed.server_no_context) add(answer.text, kServerNoContext);
  if (agreed.client_no_context) add(answer.text, kClientNoContext);
  if (offer.server_bits) {
    agreed.server_window_bits = *offer.server_bits;
    add(answer.text, kServerBits, agreed.server_window_bits);
  }
  if (offer.client_bits_named) {  // else the client could not limit it
    agreed.client_window_bits = std::min(offer.client_bits.value_or(15), policy.client_window_bits);
    if (agreed.client_window_bits < 15) add(answer.text, kClientBits, agreed.client_window_bits);
  }
  return answer;
}

std::unexpected<Error> unasked(std::string_view what) {
  return fail(Code::protocol, "permessage-deflate: the server's answer " + std::string(what));
}

}  // namespace

std::optional<DeflateAnswer> grant_deflate(const std::vector<Extension>& offers,
                                           const DeflatePolicy& policy) {
  if (!policy.enabled) return std::nullopt;
  for (const Extension& offer : offers) {
    if (!equal_nocase(offer.name, kName)) continue;
    if (auto parameters = read_parameters(offer, true)) return grant(*parameters, policy);
  }
  return std::nullopt;
}

std::string offer_deflate(const DeflateAgreement& wish) {
  std::string text(kName);
  if (wish.server_no_context) add(text, kServerNoContext);
  if (wish.client_no_context) add(text, kClientNoContext);
  if (wish.server_window_bits < 15) add(text, kServerBits, wish.server_window_bits);
  add(text, kClientBits,
      wish.client_window_bits < 15 ? std::optional(wish.client_window_bits) : std::nullopt);
  return text;
}

Result<DeflateAgreement> take_deflate(const Extension& answer, const DeflateAgreement& wish) {
  auto given = equal_nocase(answer.name, kName) ? read_parameters(answer, false) : std::nullopt;
  if (!given) return unasked("has an unknown, repeated or malformed parameter");
  if (wish.server_no_context && !given->server_no_context)
    return unasked("keeps the server's context");
  if (given->server_bits.value_or(15) > wish.server_window_bits)
    return unasked("has a larger server window");
  if (given->client_bits.value_or(0) > wish.client_window_bits)
    return unasked("has a larger client window");
  return DeflateAgreement{
      .server_no_context = given->server_no_context,
      .client_no_context = given->client_no_context || wish.client_no_context,
      .server_window_bits = given->server_bits.value_or(15),
      .client_window_bits = std::min(given->client_bits.value_or(15), wish.client_window_bits),
  };
}

}  // namespace tutti::wire
