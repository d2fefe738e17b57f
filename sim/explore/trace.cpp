#include "sim/explore/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/explore/footprint.hpp"

namespace tutti::explore {
namespace {

constexpr std::string_view kFirstLine = "tutti trace 1";

std::string draw_line(const Draw& draw) {
  return fmt::format("draw {} {}/{}", draw.tag, draw.decision.chosen, draw.decision.n);
}

std::string hash_of(std::string_view text) {
  Digest d = digest(text);
  return fmt::format("{:016x}", d.a);
}

// Writes down what happens.
class Narrator final : public FootprintWatcher, public Decider {
 public:
  Narrator(Decider& decider, Trace& trace) : decider_(decider), trace_(trace) {}
  void start() override {
    start_run();
    decider_.start();
  }
  std::uint32_t step(const Model& model, const Choices& choices) override {
    return decider_.step(model, choices);
  }
  std::uint32_t draw(std::uint32_t n, std::string_view tag) override {
    std::uint32_t chosen = decider_.draw(n, tag);
    auto& draws = trace_.steps.empty() ? trace_.draws : trace_.steps.back().draws;
    draws.push_back({std::string(tag), {n, chosen}});
    return chosen;
  }
  void before(const Model& model, const Choices& choices, std::uint32_t chosen) override {
    FootprintWatcher::before(model, choices, chosen);
    const Choice& choice = choices[chosen];
    trace_.steps.push_back({chosen,
                            std::string(model.actor_name(choice.actor)),
                            std::string(choice.operation),
                            {},
                            {},
                            {}});
  }
  bool after(const Model& model) override {
    FootprintWatcher::after(model);
    TraceStep& step = trace_.steps.back();
    for (const Access& access : last.accesses) {
      std::string name = prints.name_of(access.place);
      if (name.empty()) continue;
      auto& list = access.write ? step.writes : step.reads;
      if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(std::move(name));
    }
    std::sort(step.reads.begin(), step.reads.end());
    std::sort(step.writes.begin(), step.writes.end());
    return true;
  }

 private:
  Decider& decider_;
  Trace& trace_;
};

}  // namespace

std::string line_of(const TraceStep& step) {
  std::string out = fmt::format("{} | {} | {} |", step.choice, step.actor, step.operation);
  for (const std::string& name : step.reads) out += " " + name;
  for (const std::string& name : step.writes) out += " " + name + "*";
  return out;
}

std::string Trace::text() const {
  std::string out = fmt::format("{}\nscenario {}\n", kFirstLine, scenario);
  if (!build.empty()) out += "build " + build + "\n";
  for (const Draw& draw : draws) out += draw_line(draw) + "\n";
  for (const TraceStep& step : steps) {
    out += line_of(step) + "\n";
    for (const Draw& draw : step.draws) out += draw_line(draw) + "\n";
  }
  if (!broken.empty()) out += "broken " + broken + "\n";
  return out + fmt::format("end {} {}\n", steps.size(), hash_of(out));
}

namespace {

struct Lines {
  std::string_view rest;
  std::size_t number = 0;
  std::optional<std::string_view> next() {
    if (rest.empty()) return std::nullopt;
    std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    return line;
  }
};

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Draw> parse_draw(std::string_view line) {
  std::size_t space = line.rfind(' ');
  std::size_t slash = line.rfind('/');
  if (space == std::string_view::npos || slash == std::string_view::npos || slash < space)
    return std::nullopt;
  auto chosen = number_in(line.substr(space + 1, slash - space - 1));
  auto n = number_in(line.substr(slash + 1));
  if (!chosen || !n || *chosen >= *n || space < 5) return std::nullopt;
  return Draw{std::string(line.substr(5, space - 5)), {*n, *chosen}};
}

std::optional<TraceStep> parse_step(std::string_view line) {
  std::string_view parts[4];
  for (std::size_t i = 0; i < 3; ++i) {
    std::size_t bar = line.find(" |");
    if (bar == std::string_view::npos) return std::nullopt;
    parts[i] = line.substr(0, bar);
    line.remove_prefix(bar + 2);
    if (i < 2) line.remove_prefix(line.starts_with(' ') ? 1 : 0);
  }
  TraceStep step;
  auto choice = number_in(parts[0]);
  if (!choice) return std::nullopt;
  step.choice = *choice;
  step.actor = parts[1];
  step.operation = parts[2];
  // Names may hold spaces: kept as one text, compared as one line.
  if (!line.empty()) step.reads.emplace_back(line.substr(1));
  return step;
}

Error damaged(std::size_t line, std::string_view why) {
  return {Code::corrupt, fmt::format("the trace is damaged in line {}: {}", line, why)};
}

}  // namespace

Result<Trace> Trace::parse(std::string_view text) {
  Trace trace;
  Lines lines{text};
  auto line = lines.next();
  if (!line || *line != kFirstLine)
    return std::unexpected(
        Error{Code::bad_request,
              fmt::format("this is no trace: its first line should be \"{}\"", kFirstLine)});
  while ((line = lines.next())) {
    if (line->starts_with("scenario ")) trace.scenario = line->substr(9);
    else if (line->starts_with("build ")) trace.build = line->substr(6);
    else if (line->starts_with("broken ")) trace.broken = line->substr(7);
    else if (line->starts_with("draw ")) {
      auto draw = parse_draw(*line);
      if (!draw) return std::unexpected(damaged(lines.number, "a draw is \"draw TAG CHOSEN/OF\""));
      (trace.steps.empty() ? trace.draws : trace.steps.back().draws).push_back(std::move(*draw));
    } else if (line->starts_with("end ")) {
      std::string_view above = text.substr(0, static_cast<std::size_t>(line->data() - text.data()));
      if (*line != fmt::format("end {} {}", trace.steps.size(), hash_of(above)))
        return std::unexpected(damaged(lines.number, "lines are missing or were changed"));
      return trace;
    } else {
      auto step = parse_step(*line);
      if (!step)
        return std::unexpected(
            damaged(lines.number, "a step is \"CHOICE | ACTOR | OPERATION | OBJECTS\""));
      trace.steps.push_back(std::move(*step));
    }
  }
  return std::unexpected(damaged(lines.number, "its last line is missing"));
}

Trace narrate(const Scenario& scenario, const std::vector<Decision>& decisions, std::size_t most) {
  Trace trace;
  trace.scenario = scenario.name;
  Follow follow(decisions);
  Narrator narrator(follow, trace);
  Runner runner(scenario);
  trace.broken = runner.run(narrator, most, &narrator).broken;
  return trace;
}

namespace {

// Decides as the trace does, as long as it fits.
class Script final : public Decider {
 public:
  explicit Script(const Trace& trace) : trace_(trace) {}
  std::uint32_t step(const Model& model, const Choices& choices) override {
    if (!failed && draw_ < draws().size()) lose("the trace has a draw more");
    if (failed || next_ == trace_.steps.size()) return kStop;
    const TraceStep& want = trace_.steps[next_++];
    draw_ = 0;
    if (want.choice < choices.size() && choices[want.choice].operation == want.operation &&
        model.actor_name(choices[want.choice].actor) == want.actor)
      return want.choice;
    lose(fmt::format("\"{} {}\" is not possible here as choice {}", want.actor, want.operation,
                     want.choice));
    return kStop;
  }
  std::uint32_t draw(std::uint32_t n, std::string_view tag) override {
    if (failed) return 0;
    if (draw_ == draws().size()) return lose(fmt::format("draws {} of {} more", tag, n));
    const Draw& want = draws()[draw_++];
    if (want.tag == tag && want.decision.n == n) return want.decision.chosen;
    return lose(
        fmt::format("draws {} of {}, the trace {} of {}", tag, n, want.tag, want.decision.n));
  }
  std::uint32_t lose(std::string why) {
    if (!failed) failed = std::move(why);
    return 0;
  }
  std::size_t at() const { return next_; }  // the step it is in, from 1; 0: the making
  bool at_end() const { return next_ == trace_.steps.size() && draw_ == draws().size(); }
  std::optional<std::string> failed;

 private:
  const std::vector<Draw>& draws() const {
    return next_ == 0 ? trace_.draws : trace_.steps[next_ - 1].draws;
  }
  const Trace& trace_;
  std::size_t next_ = 0;
  std::size_t draw_ = 0;
};

// Stops the run as soon as what happens is not what the trace says.
class Comparer final : public Watcher {
 public:
  Comparer(const Trace& want, const Trace& got, Script& script, Narrator& narrator)
      : want_(want), got_(got), script_(script), narrator_(narrator) {}
  void before(const Model& model, const Choices& choices, std::uint32_t chosen) override {
    narrator_.before(model, choices, chosen);
  }
  bool after(const Model& model) override {
    narrator_.after(model);
    std::size_t i = got_.steps.size() - 1;
    if (!script_.failed && line_of(got_.steps[i]) != line_of(want_.steps[i]))
      script_.lose(fmt::format("\"{}\", the trace has \"{}\"", line_of(got_.steps[i]),
                               line_of(want_.steps[i])));
    return !script_.failed;
  }

 private:
  const Trace& want_;
  const Trace& got_;
  Script& script_;
  Narrator& narrator_;
};

}  // namespace

Replayed replay(const Scenario& scenario, const Trace& trace) {
  Trace got;
  Script script(trace);
  Narrator narrator(script, got);
  Comparer comparer(trace, got, script, narrator);
  Runner runner(scenario);
  Outcome outcome = runner.run(narrator, SIZE_MAX, &comparer);
  Replayed replayed;
  replayed.steps = got.steps.size();
  if (!script.failed && !script.at_end()) script.lose("the run is over, the trace goes on");
  if (script.failed)
    replayed.diverged = fmt::format("diverged at step {}: {}", script.at(), *script.failed);
  else replayed.broken = outcome.broken;
  return replayed;
}

}  // namespace tutti::explore
