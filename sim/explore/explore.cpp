#include "sim/explore/explore.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_map>

namespace tutti::explore {
namespace {

struct Digest {
  std::uint64_t a, b;
  friend bool operator==(Digest, Digest) = default;
};
struct DigestHash {
  std::size_t operator()(Digest d) const { return d.a; }
};

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t h = seed;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    h = hash_mix(h ^ word) + seed;
  }
  for (char c : bytes) h = hash_mix(h ^ static_cast<std::uint8_t>(c)) + seed;
  return h;
}

Digest digest_of(const Model& model) {
  StateWriter writer(model.now());
  model.describe(writer);
  const std::string& bytes = writer.bytes();
  return {hash64(bytes, 0x9e3779b97f4a7c15ULL),
          hash64(bytes, 0xd1342543de82ef95ULL + bytes.size())};
}

struct Decision {
  std::uint32_t n = 1;
  std::uint32_t chosen = 0;
};

// The stream of a run: decisions given beforehand, then those of `rest`; all are written down.
class Recorded final : public Choose {
 public:
  Recorded(std::vector<Decision> given, Choose* rest)
      : decisions_(std::move(given)), given_(decisions_.size()), rest_(rest) {}
  std::uint32_t choose(std::uint32_t n, std::string_view tag) override {
    if (at_ < given_) {
      if (decisions_[at_].n != n) changed_ = true;
      return std::min(decisions_[at_++].chosen, n - 1);
    }
    decisions_.push_back({n, rest_ != nullptr ? rest_->choose(n, tag) : 0});
    return decisions_[at_++].chosen;
  }
  const std::vector<Decision>& decisions() const { return decisions_; }
  bool fresh() const { return at_ >= given_; }
  bool changed() const { return changed_; }  // a model that does not repeat itself
  void note(std::string line) { lines_ += line + "\n"; }
  const std::string& lines() const { return lines_; }

 private:
  std::vector<Decision> decisions_;
  std::size_t given_;
  std::size_t at_ = 0;
  Choose* rest_;
  bool changed_ = false;
  std::string lines_;
};

// What the model itself draws stands in the trace too, before the step it belongs to.
class Drawn final : public Choose {
 public:
  explicit Drawn(Recorded& stream) : stream_(stream) {}
  std::uint32_t choose(std::uint32_t n, std::string_view tag) override {
    std::uint32_t chosen = stream_.choose(n, tag);
    stream_.note(fmt::format("draw {} {}/{}", tag, chosen, n));
    return chosen;
  }

 private:
  Recorded& stream_;
};

using Visit =
    std::function<bool(const Model&, std::size_t depth)>;  // false: leave this state alone

// One run to its end, to a failure, to the depth bound or to a state that need not be seen again.
void run(const Scenario& scenario, Recorded& stream, std::size_t most, Report& report,
         const Visit& visit) {
  Drawn drawn(stream);
  std::unique_ptr<Model> model = scenario.make(drawn);
  std::optional<std::string> broken;
  std::size_t depth = 0;
  for (;; ++depth) {
    std::vector<Choice> choices = model->enabled();
    if (choices.empty()) {
      broken = model->over();
      break;
    }
    if (depth == most) {
      ++report.cut;
      break;
    }
    std::uint32_t chosen = stream.choose(static_cast<std::uint32_t>(choices.size()), "step");
    stream.note(fmt::format("{} {}", chosen, choices[chosen].text()));
    model->step(chosen);
    ++report.steps;
    bool fresh = stream.fresh();
    if (stream.changed())
      broken = "the model does not repeat itself: it draws outside of the stream";
    else broken = model->check();
    if (broken || (fresh && !visit(*model, depth + 1))) break;
  }
  ++report.runs;
  report.deepest = std::max(report.deepest, depth);
  std::erase_if(report.missing,
                [&](const std::string& name) { return model->witnessed().contains(name); });
  if (broken) report.failure = Failure{*broken, stream.lines()};
}

}  // namespace

std::string Report::text() const {
  std::string out = fmt::format("{}: {}: {} runs, {} steps, {} states, deepest {}, cut {}, {}",
                                scenario, strategy, runs, steps, states, deepest, cut,
                                complete ? "exhaustive within these bounds" : "not exhaustive");
  if (failure) out += "\nbroken: " + failure->what + "\n" + failure->trace;
  for (const std::string& name : missing) out += "\nvacuous: never reached \"" + name + "\"";
  return out;
}

Report exhaustive(const Scenario& scenario, Bounds bounds) {
  Report report{scenario.name, fmt::format("depth first over states, depth {}, states {}",
                                           bounds.depth, bounds.states)};
  report.missing = scenario.witnesses;
  std::unordered_map<Digest, std::size_t, DigestHash> seen;  // and how near to the start
  auto visit = [&](const Model& model, std::size_t depth) {
    auto [entry, fresh] = seen.try_emplace(digest_of(model), depth);
    bool nearer = !fresh && depth < entry->second;
    if (nearer) entry->second = depth;
    return fresh || nearer;
  };
  std::vector<Decision> path;
  for (;;) {
    Recorded stream(path, nullptr);
    run(scenario, stream, bounds.depth, report, visit);
    report.states = seen.size();
    if (report.failure || seen.size() >= bounds.states) return report;
    path = stream.decisions();
    while (!path.empty() && path.back().chosen + 1 >= path.back().n) path.pop_back();
    if (path.empty()) break;
    ++path.back().chosen;
  }
  report.complete = true;
  return report;
}

Report random_walk(const Scenario& scenario, std::uint64_t seed, std::size_t schedules,
                   std::size_t depth) {
  Report report{scenario.name, fmt::format("random walk, seed {}, {} schedules, depth {}", seed,
                                           schedules, depth)};
  report.missing = scenario.witnesses;
  auto go_on = [](const Model&, std::size_t) { return true; };
  for (std::size_t i = 0; i < schedules && !report.failure; ++i) {
    SeededChoose draw(seed + i);
    Recorded stream({}, &draw);
    run(scenario, stream, depth, report, go_on);
  }
  return report;
}

namespace {

struct Line {
  std::uint32_t chosen = 0;
  std::string text;
};

// Gives the recorded draws back; a draw that the trace does not have is a divergence.
class Script final : public Choose {
 public:
  std::vector<std::string> lines;
  std::size_t at = 0;
  bool lost = false;

  std::uint32_t choose(std::uint32_t n, std::string_view tag) override {
    std::uint32_t chosen = 0;
    std::string prefix = fmt::format("draw {} ", tag);
    if (at >= lines.size() || !lines[at].starts_with(prefix)) return lost = true, 0;
    const std::string& line = lines[at++];
    std::from_chars(line.data() + prefix.size(), line.data() + line.size(), chosen);
    if (!line.ends_with(fmt::format(" {}/{}", chosen, n))) lost = true;
    return std::min(chosen, n - 1);
  }
};

}  // namespace

Replay replay(const Scenario& scenario, std::string_view trace) {
  Script script;
  while (!trace.empty()) {
    std::size_t end = std::min(trace.find('\n'), trace.size());
    if (end > 0) script.lines.emplace_back(trace.substr(0, end));
    trace.remove_prefix(std::min(end + 1, trace.size()));
  }
  std::unique_ptr<Model> model = scenario.make(script);
  std::size_t depth = 0;
  auto diverged = [&](std::string why) {
    return Replay{fmt::format("diverged at step {}: {}", depth, why), {}};
  };
  for (; script.at < script.lines.size() && !script.lost; ++depth) {
    std::string line = script.lines[script.at++];
    std::vector<Choice> choices = model->enabled();
    auto found = std::find_if(choices.begin(), choices.end(), [&](const Choice& c) {
      return line == fmt::format("{} {}", &c - choices.data(), c.text());
    });
    if (found == choices.end()) return diverged("\"" + line + "\" is not possible here");
    model->step(static_cast<std::size_t>(found - choices.begin()));
    if (script.lost) break;
    if (auto broken = model->check()) return {{}, broken};
  }
  if (script.lost) return diverged("what the model draws is not what the trace says");
  if (model->enabled().empty()) return {{}, model->over()};
  return {};
}

}  // namespace tutti::explore
