#include "sim/explore/property.hpp"

#include <fmt/format.h>

#include <exception>

#include "sim/explore/property_shrink.hpp"

namespace tutti::explore {

namespace {

// Decisions from a seed, noted.
class Noted final : public Choose {
 public:
  explicit Noted(std::uint64_t seed) : seeded_(seed) {}
  std::uint32_t choose(std::uint32_t n, std::string_view tag) override {
    values_.push_back(seeded_.choose(n, tag));
    return values_.back();
  }
  const std::vector<std::uint32_t>& values() const { return values_; }

 private:
  SeededChoose seeded_;
  std::vector<std::uint32_t> values_;
};

// Stops a case that wants more decisions than it may have. Not of std, and thrown through the
// property: a smaller case is the only thing wanted, and this one can no longer become one.
struct Overrun {};

// The given decisions, then zeros.
class Given final : public Choose {
 public:
  Given(std::span<const std::uint32_t> values, std::size_t most) : values_(values), most_(most) {}
  std::uint32_t choose(std::uint32_t n, std::string_view tag) override {
    if (draws.size() == most_) throw Overrun{};
    std::uint32_t value = draws.size() < values_.size() ? values_[draws.size()] : 0;
    value = std::min(value, n - 1);
    draws.push_back({value, n, std::string(tag)});
    return value;
  }
  std::vector<Drawn> draws;

 private:
  std::span<const std::uint32_t> values_;
  std::size_t most_;
};

Broken asked(const Property& property, Choose& choose) {
  try {
    return property(choose);
  } catch (const std::exception& e) {
    return fmt::format("exception: {}", e.what());
  }
}

PropertyFailure failure_of(const CaseRun& run) {
  PropertyFailure out{.what = run.broken.value_or("")};
  for (const Drawn& draw : run.draws) {
    out.decisions.push_back(fmt::format("{} {}/{}", draw.tag, draw.value, draw.n));
    out.values.push_back(draw.value);
  }
  return out;
}

PropertyFailure reduced(const std::string& what, std::span<const std::uint32_t> values,
                        const Property& property) {
  CaseRun again = run_drawn(values, values.size(), property);
  if (!again.broken || kind_of(*again.broken) != kind_of(what)) {
    PropertyFailure out = failure_of(again);
    out.what = "not repeatable: " + what;
    return out;
  }
  Shrunk shrunk = shrink_case(std::move(again), property);
  PropertyFailure out = failure_of(shrunk.smallest);
  out.shrink_runs = shrunk.runs;
  return out;
}

void append_utf8(std::string& out, std::uint32_t point) {
  auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | (point >> 12));
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | (point >> 18));
    tail(12), tail(6), tail(0);
  }
}

}  // namespace

CaseRun run_drawn(std::span<const std::uint32_t> values, std::size_t most,
                  const Property& property) {
  Given given(values, most);
  CaseRun run;
  try {
    run.broken = asked(property, given);
  } catch (const Overrun&) {
    run.overrun = true;
  }
  run.draws = std::move(given.draws);
  return run;
}

std::string_view kind_of(std::string_view what) { return what.substr(0, what.find(':')); }

std::optional<PropertyFailure> for_all(std::uint64_t seed, std::size_t cases,
                                       const Property& property) {
  SeededChoose seeds(seed);
  for (std::size_t i = 0; i < cases; ++i) {
    Noted noted(seeds.next());
    Broken broken = asked(property, noted);
    if (!broken) continue;
    PropertyFailure out = reduced(*broken, noted.values(), property);
    out.seed = seed;
    out.case_number = i;
    return out;
  }
  return std::nullopt;
}

Broken run_case(std::span<const std::uint32_t> values, const Property& property) {
  return run_drawn(values, SIZE_MAX, property).broken;
}

std::string PropertyFailure::text() const {
  std::string out = fmt::format("{}\n(seed {}, case {}, shrunk in {} runs to {} decisions)", what,
                                seed, case_number, shrink_runs, decisions.size());
  for (const std::string& line : decisions) out += "\n  " + line;
  return out;
}

std::string broken_at(int line, std::string_view condition, std::string_view detail) {
  return fmt::format("line {}: {}{}{}", line, condition, detail.empty() ? "" : "; ", detail);
}

std::uint64_t draw_bits(Choose& choose, std::string_view tag) {
  std::uint64_t bits = 0;
  for (int i = 0; i < 4; ++i) bits = bits << 16 | choose.choose(1 << 16, tag);
  return bits;
}

std::string draw_bytes(Choose& choose, std::uint32_t max, std::string_view tag) {
  std::string out(choose.choose(max + 1, "length"), '\0');
  for (char& c : out) c = static_cast<char>(choose.choose(256, tag));
  return out;
}

std::string draw_text(Choose& choose, std::uint32_t max, std::string_view tag) {
  // The ends of each length of UTF-8 and of the gap of surrogates, and what JSON, HTML, URIs and
  // headers must escape.
  static constexpr std::uint32_t kPoints[] = {
      ' ',    '"',    '\\',   '/',    '&',     '<',     '%',     '\n',   '\t',
      '\r',   0x01,   0x7f,   0x80,   0xe9,    0x7ff,   0x800,   0x20ac, 0xd7ff,
      0xe000, 0xfeff, 0xfffd, 0xffff, 0x10000, 0x1f3b5, 0x10ffff};
  constexpr std::uint32_t kLetters = 26;
  std::string out;
  for (std::uint32_t left = choose.choose(max + 1, "length"); left > 0; --left) {
    std::uint32_t which = choose.choose(kLetters + std::size(kPoints), tag);
    append_utf8(out, which < kLetters ? 'a' + which : kPoints[which - kLetters]);
  }
  return out;
}

}  // namespace tutti::explore
