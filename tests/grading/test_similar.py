"""Who worked together: a copy with other names is asked about, right answers of honest students are not."""

import csv
import json
import random
import re
import time

import pytest

from tests import needs

needs.nbgrader()

from course_lib.grading.course import Course  # noqa: E402
from course_lib.grading.release.source import read, text  # noqa: E402
from course_lib.grading.report import likeness, similar  # noqa: E402
from course_lib.grading.report.likeness import alike, profile  # noqa: E402
from course_lib.ground import ROOT  # noqa: E402
from tests.grading import hostile  # noqa: E402
from tests.grading.conftest import command  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402

NAMES = ["pca", "circle", "mnist", "sparse", "denoising", "vae", "convolution", "sequences", "labels"]
HEADS = {
    "kl": "def kl(mu, log_var, prior_mu, prior_log_var, free):\n",
    "sample": "def sample_code(mu, log_std, below, eps):\n",
    "honest": "def honest(log_joint, log_q):\n",
    "mend": "def mended_loss(model, x, eps, sigma):\n",
}
STYLES = {  # the same four answers, right, as four people who never met might write them
    "short": {
        "kl": """    ratio = (log_var - prior_log_var).exp()
    far = (mu - prior_mu) ** 2 / prior_log_var.exp()
    return torch.clamp((ratio + far - 1 - log_var + prior_log_var).mean(dim=0) / 2, min=free).sum()
""",
        "sample": """    L = torch.tril(below, -1) + torch.diag_embed(log_std.exp())
    z = mu + torch.einsum("bij,kbj->kbi", L, eps)
    d = mu.shape[1]
    return z, -(eps**2).sum(2) / 2 - log_std.sum(1) - d / 2 * math.log(2 * math.pi)
""",
        "honest": """    w = log_joint - log_q
    norm = torch.logsumexp(w, 0)
    return dict(nll=(math.log(w.shape[0]) - norm).mean(), elbo=w.mean(), draws=1 / ((w - norm).exp() ** 2).sum(0))
""",
        "mend": """    m, lv = model.posterior(x)
    out = model.g(m + torch.exp(lv / 2) * eps)
    c = math.log(2 * math.pi * sigma**2) * x.shape[-1] / 2
    e = torch.mean(((out - x) ** 2).sum(-1) / 2 / sigma**2 + c)
    k = torch.mean((lv.exp() + m**2 - lv - 1).sum(-1) / 2)
    return dict(error=e, kl=k, loss=e + k)
""",
    },
    "library": {
        "kl": """    from torch.distributions import Normal, kl_divergence
    q = Normal(mu, torch.exp(0.5 * log_var))
    p = Normal(prior_mu.expand_as(mu), torch.exp(0.5 * prior_log_var).expand_as(mu))
    per_code = kl_divergence(q, p).mean(0)
    return torch.maximum(per_code, torch.full_like(per_code, free)).sum()
""",
        "sample": """    from torch.distributions import MultivariateNormal
    scale = torch.tril(below, diagonal=-1)
    scale = scale + torch.diag_embed(torch.exp(log_std))
    posterior = MultivariateNormal(mu, scale_tril=scale)
    z = mu.unsqueeze(0) + torch.matmul(scale, eps.unsqueeze(-1)).squeeze(-1)
    return z, posterior.log_prob(z)
""",
        "honest": """    weights = torch.sub(log_joint, log_q)
    k, _ = weights.shape
    estimate = torch.logsumexp(weights, dim=0) - torch.log(torch.tensor(float(k)))
    normalised = torch.softmax(weights, dim=0)
    return {"nll": -torch.mean(estimate), "elbo": torch.mean(weights), "draws": 1.0 / torch.sum(normalised**2, 0)}
""",
        "mend": """    from torch.distributions import Normal, kl_divergence
    mean, log_variance = model.posterior(x)
    std = torch.exp(0.5 * log_variance)
    decoded = model.g(mean + std * eps)
    nll = -Normal(decoded, sigma).log_prob(x).sum(dim=1)
    divergence = kl_divergence(Normal(mean, std), Normal(torch.zeros_like(mean), torch.ones_like(std))).sum(dim=1)
    return {"error": nll.mean(), "kl": divergence.mean(), "loss": nll.mean() + divergence.mean()}
""",
    },
    "loops": {
        "kl": """    total = torch.tensor(0.0)
    for j in range(mu.shape[1]):
        v, pv = log_var[:, j].exp(), prior_log_var[j].exp()
        term = 0.5 * (prior_log_var[j] - log_var[:, j]) + (v + (mu[:, j] - prior_mu[j]) ** 2) / (2 * pv) - 0.5
        average = term.mean()
        if average < free:
            average = average * 0 + free
        total = total + average
    return total
""",
        "sample": """    samples, logs = [], []
    for one in eps:
        rows = []
        for b in range(len(mu)):
            lower = below[b].tril(-1) + torch.diag(log_std[b].exp())
            rows.append(mu[b] + lower @ one[b])
        samples.append(torch.stack(rows))
        const = one.shape[1] * math.log(2 * math.pi)
        logs.append(-(const + (one * one).sum(1)) / 2 - log_std.sum(1))
    return torch.stack(samples), torch.stack(logs)
""",
        "honest": """    nlls, sizes = [], []
    for b in range(log_joint.shape[1]):
        lw = log_joint[:, b] - log_q[:, b]
        top = lw.max()
        ws = torch.exp(lw - top)
        nlls.append(-(top + torch.log(ws.mean())))
        sizes.append(ws.sum() ** 2 / (ws**2).sum())
    return {"nll": sum(nlls) / len(nlls), "elbo": (log_joint - log_q).mean(), "draws": torch.stack(sizes)}
""",
        "mend": """    loc, log_v = model.posterior(x)
    code = loc + log_v.mul(0.5).exp().mul(eps)
    rec = model.g(code)
    errors, kls = [], []
    for row, target, a, b in zip(rec, x, loc, log_v):
        dist = ((row - target) ** 2).sum()
        errors.append(dist / (2 * sigma * sigma) + len(target) * (math.log(sigma) + 0.5 * math.log(2 * math.pi)))
        kls.append(0.5 * sum(a * a + b.exp() - b - 1))
    error, kl_term = sum(errors) / len(errors), sum(kls) / len(kls)
    return {"error": error, "kl": kl_term, "loss": error + kl_term}
""",
    },
    "steps": {
        "kl": """    variance = log_var.exp()
    prior_variance = prior_log_var.exp()
    difference = mu - prior_mu
    quadratic = (variance + difference * difference) / prior_variance
    logs = prior_log_var - log_var
    kl_each = (logs + quadratic - 1.0) * 0.5
    kl_mean = kl_each.mean(axis=0)
    kl_free = torch.where(kl_mean > free, kl_mean, torch.as_tensor(free))
    return kl_free.sum()
""",
        "sample": """    strictly_lower = torch.tril(below, diagonal=-1)
    diagonal = torch.diag_embed(torch.exp(log_std))
    lower = strictly_lower + diagonal
    moved = (lower[None] * eps[:, :, None, :]).sum(dim=-1)
    z = mu[None] + moved
    dims = eps.size(-1)
    gaussian = -0.5 * (eps.pow(2).sum(dim=-1) + dims * math.log(2.0 * math.pi))
    log_det = log_std.sum(dim=-1)
    return z, gaussian - log_det[None]
""",
        "honest": """    log_ratio = log_joint - log_q
    draws_count = log_ratio.size(0)
    log_sum = torch.logsumexp(log_ratio, dim=0)
    log_mean = log_sum - math.log(draws_count)
    log_sum_of_squares = torch.logsumexp(log_ratio * 2, dim=0)
    effective = torch.exp(log_sum * 2 - log_sum_of_squares)
    return {"nll": log_mean.mean().neg(), "elbo": log_ratio.mean(), "draws": effective}
""",
        "mend": """    mu, log_var = model.posterior(x)
    std = torch.exp(log_var / 2.0)
    z = mu + std * eps
    x_hat = model.g(z)
    residual = (x_hat - x).pow(2).sum(dim=1)
    pixels = x.size(1)
    constant = pixels * math.log(2.0 * math.pi * sigma**2) / 2.0
    error = (residual / (2.0 * sigma**2)).mean() + constant
    each_kl = (mu.pow(2) + log_var.exp() - log_var - 1.0) / 2.0
    kl_mean = each_kl.sum(dim=1).mean()
    return {"error": error, "kl": kl_mean, "loss": error + kl_mean}
""",
    },
}
ESSAYS = {
    "short": "It is no probability at 0.3: a coin has two sides only, so the sum isn't a likelihood of the image.",
    "library": "Put 0.3 into the Bernoulli and you get some number between both weights; integrated over the unit "
    "interval one doesn't get one. Hence 84.1 is not comparable with numbers for binary digits. I would binarise.",
    "loops": "Densities and probabilities live on different spaces. The grey pixels have an entropy of their own, "
    "below which the loss can't go, so less is not always better; sample binary images and use many draws instead.",
    "steps": "The paper's number is for binary images, a bound that gets tighter with k; theirs is a cross-entropy "
    "on grey values, which doesn't normalise. Compare after binarising both, with the same k, that's all.",
}


def renamed(code: str) -> str:
    """The same code as somebody who hides that it is a copy: other names, other comments, other spaces."""
    words = {"log_var": "lv2", "total": "acc", "average": "avg", "term": "piece", "samples": "outs", "rows": "lines",
             "lower": "tri", "nlls": "losses", "sizes": "counts", "lw": "ratio", "top": "biggest", "ws": "expd",
             "loc": "centre", "code": "latent", "rec": "decoded", "errors": "es", "kls": "ks", "v": "va", "pv": "pva",
             "one": "e", "b": "i", "j": "col", "dist": "sq", "const": "cst", "logs": "lps"}  # fmt: skip
    for old, new in words.items():
        code = re.sub(rf"(?<![\w.]){old}\b(?!\()", new, code)
    lines = code.replace(" * ", "*").splitlines()
    return "\n".join(f"{line}  # step {i}" if i % 3 == 0 else line for i, line in enumerate(lines))


def bodies(style: str) -> list[str]:
    """A student's answers."""
    return [HEADS[question] + body for question, body in STYLES[style].items()]


@pytest.fixture(scope="module")
def vae():
    """What the course itself wrote for the assignment whose answers stand above."""
    source = read(ROOT / "notebooks" / "assignments" / "vae")
    code = [text(cell) for cell in source.cells if cell["cell_type"] == "code"]
    code += [slip.code for question in source.questions.values() for slip in question.slips]
    return profile(code, [text(cell) for cell in source.cells if cell["cell_type"] != "code"])


def test_people_who_never_met_are_not_asked_about(vae):
    class_ = {style: profile(bodies(style), [ESSAYS[style]]) for style in STYLES}
    assert alike(class_, vae) == []


def test_a_copy_with_other_names_is_asked_about_and_nobody_else(vae):
    for style in STYLES:
        class_ = {one: profile(bodies(one), [ESSAYS[one]]) for one in STYLES}
        class_["copy"] = profile(map(renamed, bodies(style)), ["My own words, and few of them."])
        [pair] = alike(class_, vae)
        assert {pair.one, pair.other} == {style, "copy"} and pair.share["code"] > 0.8 and "text" not in pair.share


def test_a_part_of_a_copy_among_own_work_is_asked_about(vae):
    class_ = {one: profile(bodies(one), []) for one in STYLES}
    half = [*map(renamed, bodies("loops")[:2]), *bodies("steps")[2:]]
    class_["half"] = profile(half, [])
    assert {frozenset((pair.one, pair.other)) for pair in alike(class_, vae)} <= {
        frozenset(("half", "loops")), frozenset(("half", "steps"))
    }  # fmt: skip
    assert alike(class_, vae)


def test_a_copied_essay_is_asked_about(vae):
    class_ = {one: profile(bodies(one), [ESSAYS[one]]) for one in STYLES}
    class_["copy"] = profile(['print("other code")'], [ESSAYS["loops"].upper().replace(",", " , ")])
    [pair] = alike(class_, vae)
    assert {pair.one, pair.other} == {"loops", "copy"} and list(pair.share) == ["text"]


@pytest.mark.parametrize("name", NAMES)
def test_nobody_who_answers_as_the_bank_does_is_asked_about(name):
    """Thirty students, each with the reference or a usual slip for each question: all of it is explained."""
    source, draw = read(ROOT / "notebooks" / "assignments" / name), random.Random(name)
    code = [text(cell) for cell in source.cells if cell["cell_type"] == "code"]
    questions = [question for question in source.questions.values() if not question.written]
    code += [slip.code for question in questions for slip in question.slips]
    class_ = {}
    for number in range(30):
        own = [draw.choice([question.solution, *[slip.code for slip in question.slips]]) for question in questions]
        class_[f"s{number}"] = profile(own, [f"An answer of student {number}."])
    assert alike(class_, profile(code, [])) == []


def test_what_half_of_the_class_has_is_usual(vae):
    """A tutor showed it on the board: where all have it, nobody copied."""
    class_ = {f"s{i}": profile([*map(renamed, bodies("loops")), f"x{i} = {i}"], []) for i in range(12)}
    assert alike(class_, vae) == []
    assert len(alike({who: class_[who] for who in ("s1", "s2")}, vae)) == 1, "of two nobody can tell what is usual"


def test_a_hostile_class_costs_little_time(vae):
    nasty = {"quotes": '"' * 200_001, "triple": '"""' * 60_001, "mixed": "\"'" * 100_000, "spaces": " " * 200_000,
             "comment": "#" * 200_000, "same": "a = b + c\n" * 20_000, "deep": "(" * 200_000,
             "open": '"""' + "x\n" * 100_000, "single": "'''" + "\"" * 200_000}  # fmt: skip
    start = time.process_time()
    class_ = {who: profile([code], [code]) for who, code in nasty.items()}
    alike(class_ | {f"{who} again": one for who, one in class_.items()}, vae)
    assert time.process_time() - start < 20


def test_two_hundred_students_cost_seconds(vae):
    draw = random.Random(0)
    class_ = {}
    for number in range(200):
        mixed = [STYLES[draw.choice(list(STYLES))][question] for question in HEADS]
        class_[f"s{number}"] = profile(mixed, [f"words {number} " * 50])
    start = time.process_time()
    alike(class_, vae)
    assert time.process_time() - start < 20


# -- the command ------------------------------------------------------------------------------------------------


def hand_in(course: Course, student: str, cells: list[str], why: str) -> None:
    """A notebook of the tiny assignment with more code of the student's own."""
    notebook = json.loads((course.home / "release" / NAME / f"{NAME}.ipynb").read_text())
    for one in notebook["cells"]:
        if hostile.mark_of(one) in hostile.RIGHT and not hostile.mark_of(one).endswith("-test"):
            one["source"] = why if hostile.mark_of(one) == "why" else hostile.RIGHT[hostile.mark_of(one)]
    notebook["cells"] += [hostile.cell("code", code) for code in cells]
    place = course.folder("submitted", student, NAME)
    (place / f"{NAME}.ipynb").write_text(json.dumps(notebook))


def test_the_page_and_the_table_ask(tiny, capsys):
    for style in ("short", "library", "loops", "steps"):
        hand_in(tiny, style, bodies(style), ESSAYS[style])
    assert command(tiny, "similar") == 0 and "No pair." in (tiny.home / "report" / "similar.html").read_text()
    hand_in(tiny, "copy", list(map(renamed, bodies("loops"))), "I thought of it myself.")
    (tiny.folder("submitted", "broken", NAME) / f"{NAME}.ipynb").write_text("{")
    capsys.readouterr()
    assert command(tiny, "similar", NAME) == 3
    assert "5 submissions compared, 1 pairs to look at, 1 not read" in capsys.readouterr().out
    rows = list(csv.DictReader((tiny.home / "report" / "similar.csv").read_text("utf-8").splitlines()))
    assert [(row["one"], row["other"]) for row in rows] == [("copy", "loops")]
    assert float(rows[0]["code: share of what is rare"]) > 0.8 and float(rows[0]["code: tokens shared"]) > 100
    page = (tiny.home / "report" / "similar.html").read_text()
    assert "Did they work together, or from one text?" in page and "not a verdict" in page and "broken" in page
    assert not re.search(r"plagiar|cheat|copied", page, re.IGNORECASE)


def test_short_answers_are_alike_by_nature(tiny):
    """Everybody has the one-line answers of the bank, and the same three words."""
    for i in range(6):
        hand_in(tiny, f"s{i}", [], "Because it is so.")
    assert command(tiny, "similar") == 0


def test_a_name_that_was_not_released_is_said(tiny, capsys):
    assert command(tiny, "similar", "tini") == 1
    assert capsys.readouterr().err == f"grading: 'tini' was not released; there are: {NAME}\n"


def test_the_bounds_are_the_page_s(tiny):
    said = similar.similar_page({}, {}, [])
    assert f"under {likeness.ENOUGH['code']} tokens" in said
