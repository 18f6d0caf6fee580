# ruff: noqa: F811, F821
# Wrong answers to the assignment "circle": each block replaces the whole solution cell of its question.

# %% hand | 3 of 4 | the variance that PCA keeps: its error is the variance along the short axis, b^2 / 2
def by_hand():
    a, b, width = numbers["a"], numbers["b"], numbers["width"]
    return {"pca_mean": a**2 / 2, "least_worst": b**2, "sliver_mean": width / math.pi, "sliver_worst": 4.0}


# %% hand | 3 of 4 | the worst case taken for the mean: the mean of sin^2 over a turn is 1/2
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2, "least_worst": b**2, "sliver_mean": width / math.pi, "sliver_worst": 4.0}


# %% hand | 3 of 4 | the far points of the ellipse for the bound: the tear may lie at the near ones, where |x| is b
def by_hand():
    a, b, width = numbers["a"], numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": a**2, "sliver_mean": width / math.pi, "sliver_worst": 4.0}


# %% hand | 3 of 4 | the circle's bound of 1: on the ellipse the opposite points are not 1 away from the centre
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": 1, "sliver_mean": width / math.pi, "sliver_worst": 4.0}


# %% hand | 2 of 4 | distances in place of squared distances: the error of a point is the squared distance
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": b, "sliver_mean": width / math.pi, "sliver_worst": 2.0}


# %% hand | 3 of 4 | the mean over the sliver alone: it is only a share width / 2 pi of the circle
def by_hand():
    b = numbers["b"]
    return {"pca_mean": b**2 / 2, "least_worst": b**2, "sliver_mean": 2.0, "sliver_worst": 4.0}


# %% hand | 3 of 4 | the worst error counted for the whole sliver: on average it is 2 in there, not 4
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": b**2, "sliver_mean": 2 * width / math.pi, "sliver_worst": 4.0}


# %% hand | 3 of 4 | the sliver's width not divided by the length of the circle: its share is width / 2 pi
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": b**2, "sliver_mean": 2 * width, "sliver_worst": 4.0}


# %% hand | 3 of 4 | the mean error of answering the centre: PCA's one code keeps the long axis
def by_hand():
    a, b, width = numbers["a"], numbers["b"], numbers["width"]
    return {"pca_mean": (a**2 + b**2) / 2, "least_worst": b**2, "sliver_mean": width / math.pi, "sliver_worst": 4.0}


# %% hand | 3 of 4 | the bound in place of the error that this code makes: in the middle of the sliver it is 4
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": b**2, "sliver_mean": width / math.pi, "sliver_worst": 1.0}


# %% hand | 3 of 4 | the sliver's share of the circle alone: multiply it by the mean error in the sliver, which is 2
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": b**2, "sliver_mean": width / (2 * math.pi), "sliver_worst": 4.0}


# %% hand | 3 of 4 | the ellipse's axes multiplied: PCA drops the short axis, and only that one
def by_hand():
    a, b, width = numbers["a"], numbers["b"], numbers["width"]
    return {"pca_mean": a * b / 2, "least_worst": b**2, "sliver_mean": width / math.pi, "sliver_worst": 4.0}


# %% hand | 3 of 4 | the sum of the pair's two errors for the larger one: the larger is at least half of the sum
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": 2 * b**2, "sliver_mean": width / math.pi, "sliver_worst": 4.0}


# %% hand | 3 of 4 | PCA's mean error for the bound: the error at the worst point is larger than the mean
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": b**2 / 2, "sliver_mean": width / math.pi, "sliver_worst": 4.0}


# %% hand | 3 of 4 | 2 for the worst: that is a distance, or the mean in the sliver; the largest error is the squared distance
def by_hand():
    b, width = numbers["b"], numbers["width"]
    return {"pca_mean": b**2 / 2, "least_worst": b**2, "sliver_mean": width / math.pi, "sliver_worst": 2.0}


# %% tear | 1 of 3 | the step from the last point to the first forgotten: a closed curve with n points has n steps
def find_tear(z):
    steps = z.diff(dim=1).abs()
    largest, places = steps.max(dim=1)
    return places, largest / ((steps.sum(dim=1) - largest) / (steps.shape[1] - 1))


# %% tear | 1 of 3 | only steps upwards: the tear may also be a fall, so compare sizes
def find_tear(z):
    steps = z.roll(-1, dims=1) - z
    largest, places = steps.max(dim=1)
    others = (steps.abs().sum(dim=1) - largest.abs()) / (z.shape[1] - 1)
    return places, largest / others


# %% tear | 0 of 3 | the point at which the step ends: asked for is the point that it starts from
def find_tear(z):
    steps = (z - z.roll(1, dims=1)).abs()
    largest, places = steps.max(dim=1)
    return places, largest / ((steps.sum(dim=1) - largest) / (z.shape[1] - 1))


# %% tear | 1 of 3 | the tear counted among the others: divide by the mean of the other n - 1 steps
def find_tear(z):
    steps = (z.roll(-1, dims=1) - z).abs()
    largest, places = steps.max(dim=1)
    return places, largest / steps.mean(dim=1)


# %% tear | 1 of 3 | the others' sum divided by n: there are n - 1 of them
def find_tear(z):
    steps = (z.roll(-1, dims=1) - z).abs()
    largest, places = steps.max(dim=1)
    return places, largest / ((steps.sum(dim=1) - largest) / z.shape[1])


# %% tear | 0 of 3 | neighbours taken across the batch: the curve runs along dimension 1
def find_tear(z):
    steps = (z.roll(-1, dims=0) - z).abs()
    largest, places = steps.max(dim=1)
    return places, largest / ((steps.sum(dim=1) - largest) / (z.shape[1] - 1))


# %% tear | 2 of 3 | signs left in the mean of the others: rises and falls cancel each other, so add up sizes
def find_tear(z):
    steps = z.roll(-1, dims=1) - z
    places = steps.abs().argmax(dim=1)
    largest = steps.gather(1, places[:, None])[:, 0]
    return places, largest.abs() / ((steps.sum(dim=1) - largest).abs() / (z.shape[1] - 1))


# %% tear | 1 of 3 | the examples' answers written down: compute them from z
def find_tear(z):
    return torch.tensor([3, 1])[: len(z)], torch.tensor([3.0, 3.0])[: len(z)]


# %% tear | 2 of 3 | the median of the others: their mean size is asked for
def find_tear(z):
    steps = (z.roll(-1, dims=1) - z).abs()
    largest, places = steps.max(dim=1)
    others = steps.sort(dim=1).values[:, :-1]
    middle = others.shape[1] // 2
    return places, largest / (others[:, middle] + others[:, (others.shape[1] - 1) // 2]).mul(0.5)


# %% tear | 1 of 3 | the ratio upside down: the tear's size is divided by the mean of the others
def find_tear(z):
    steps = (z.roll(-1, dims=1) - z).abs()
    largest, places = steps.max(dim=1)
    return places, (steps.sum(dim=1) - largest) / (z.shape[1] - 1) / largest


# %% tear | 1 of 3 | squared steps: the sizes themselves are compared, and their mean
def find_tear(z):
    steps = (z.roll(-1, dims=1) - z).square()
    largest, places = steps.max(dim=1)
    return places, largest / ((steps.sum(dim=1) - largest) / (z.shape[1] - 1))


# %% tear | 1 of 3 | the others added up: divide by their mean
def find_tear(z):
    steps = (z.roll(-1, dims=1) - z).abs()
    largest, places = steps.max(dim=1)
    return places, largest / (steps.sum(dim=1) - largest)


# %% tear | 0 of 3 | only steps downwards: the tear may also be a rise, so compare sizes
def find_tear(z):
    steps = z.roll(-1, dims=1) - z
    lowest, places = steps.min(dim=1)
    return places, -lowest / ((steps.abs().sum(dim=1) - lowest.abs()) / (z.shape[1] - 1))


# %% pair | 2 of 4 | the whole squared distance of the two points: half way between them each error is a quarter of it
def shared_code(code, curve):
    low, high = 0.0, 0.5
    pair = lambda t: curve(torch.tensor([t, t + 0.5], dtype=torch.double))  # noqa: E731
    h = lambda t: float(-code(pair(t)).diff())  # noqa: E731
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    return low, float(pair(low).diff(dim=0).square().sum())


# %% pair | 3 of 4 | half the distance, not squared: the error of a point is the squared distance
def shared_code(code, curve):
    low, high = 0.0, 0.5
    pair = lambda t: curve(torch.tensor([t, t + 0.5], dtype=torch.double))  # noqa: E731
    h = lambda t: float(-code(pair(t)).diff())  # noqa: E731
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    return low, float(pair(low).diff(dim=0).norm() / 2)


# %% pair | 3 of 4 | the circle's bound of 1: it depends on the distance of the two points
def shared_code(code, curve):
    low, high = 0.0, 0.5
    h = lambda t: float(-code(curve(torch.tensor([t, t + 0.5], dtype=torch.double))).diff())  # noqa: E731
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    return low, 1.0


# %% pair | 3 of 4 | the two points compared with 0: the best answer for both lies half way between them, not at 0
def shared_code(code, curve):
    low, high = 0.0, 0.5
    pair = lambda t: curve(torch.tensor([t, t + 0.5], dtype=torch.double))  # noqa: E731
    h = lambda t: float(-code(pair(t)).diff())  # noqa: E731
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    return low, float(pair(low).square().sum(1).max())


# %% pair | 1 of 4 | the point opposite to x taken as -x: on a general curve it is the point half a period further
def shared_code(code, curve):
    def h(t):
        x = curve(torch.tensor([t], dtype=torch.double))
        return float(code(x) - code(-x))

    low, high = 0.0, 0.5
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    return low, float(curve(torch.tensor([low], dtype=torch.double)).square().sum())


# %% pair | 3 of 4 | h taken to start above 0: look at its sign at t = 0 first
def shared_code(code, curve):
    low, high = 0.0, 0.5
    pair = lambda t: curve(torch.tensor([t, t + 0.5], dtype=torch.double))  # noqa: E731
    for _ in range(60):
        middle = (low + high) / 2
        here, there = code(pair(middle)).tolist()
        low, high = (middle, high) if here > there else (low, middle)
    return low, float(pair(low).diff(dim=0).square().sum() / 4)


# %% pair | 0 of 4 | the place where the code itself is 0: asked for is where the codes of the two points agree
def shared_code(code, curve):
    low, high = 0.0, 0.5
    pair = lambda t: curve(torch.tensor([t, t + 0.5], dtype=torch.double))  # noqa: E731
    h = lambda t: float(code(pair(t))[0]) - 1e-3  # noqa: E731
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    return low, float(pair(low).diff(dim=0).square().sum() / 4)


# %% pair | 0 of 4 | the best of 10 places: six decimals are asked for, so halve the interval again and again
def shared_code(code, curve):
    t = (torch.arange(10) + 0.5).double() / 20
    gap = (code(curve(t)) - code(curve(t + 0.5))).abs()
    t = t[gap.argmin()]
    return float(t), float(curve(torch.stack([t, t + 0.5])).diff(dim=0).square().sum() / 4)


# %% pair | 0 of 4 | the two numbers exchanged: first the place t, then the bound
def shared_code(code, curve):
    low, high = 0.0, 0.5
    pair = lambda t: curve(torch.tensor([t, t + 0.5], dtype=torch.double))  # noqa: E731
    h = lambda t: float(-code(pair(t)).diff())  # noqa: E731
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    return float(pair(low).diff(dim=0).square().sum() / 4), low


# %% pair | 2 of 4 | the least sum of the two errors: the larger of the two is at least half of it
def shared_code(code, curve):
    low, high = 0.0, 0.5
    pair = lambda t: curve(torch.tensor([t, t + 0.5], dtype=torch.double))  # noqa: E731
    h = lambda t: float(-code(pair(t)).diff())  # noqa: E731
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    return low, float(pair(low).diff(dim=0).square().sum() / 2)


# %% pair | 3 of 4 | the smallest bound over all pairs: here the pair is known, so take its own distance
def shared_code(code, curve):
    low, high = 0.0, 0.5
    pair = lambda t: curve(torch.tensor([t, t + 0.5], dtype=torch.double))  # noqa: E731
    h = lambda t: float(-code(pair(t)).diff())  # noqa: E731
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    t = torch.arange(1000, dtype=torch.double) / 2000
    return low, float((curve(t) - curve(t + 0.5)).square().sum(1).min() / 4)


# %% pair | 2 of 4 | the mean over the two coordinates: the squared distance is summed over them
def shared_code(code, curve):
    low, high = 0.0, 0.5
    pair = lambda t: curve(torch.tensor([t, t + 0.5], dtype=torch.double))  # noqa: E731
    h = lambda t: float(-code(pair(t)).diff())  # noqa: E731
    above = h(low) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (h(middle) > 0) == above else (low, middle)
    return low, float(pair(low).diff(dim=0).square().mean() / 4)


# %% arc | 0 of 3 | divided by the way to the last corner: the polygon is closed, so the side from there to the first counts too
def arc_code(points):
    sides = points.diff(dim=1).norm(dim=2)
    before = torch.cat([torch.zeros(len(points), 1), sides.cumsum(dim=1)], dim=1)
    return before / sides.sum(dim=1, keepdim=True)


# %% arc | 0 of 3 | the side after the corner counted already: the way to corner 0 is 0
def arc_code(points):
    sides = (points.roll(-1, dims=1) - points).norm(dim=2)
    return sides.cumsum(dim=1) / sides.sum(dim=1, keepdim=True)


# %% arc | 0 of 3 | squared lengths: the way is the sum of the lengths themselves
def arc_code(points):
    sides = (points.roll(-1, dims=1) - points).square().sum(dim=2)
    return (sides.cumsum(dim=1) - sides) / sides.sum(dim=1, keepdim=True)


# %% arc | 1 of 3 | the differences of the coordinates added up: a slanted side is shorter than that, take the root of squares
def arc_code(points):
    sides = (points.roll(-1, dims=1) - points).abs().sum(dim=2)
    return (sides.cumsum(dim=1) - sides) / sides.sum(dim=1, keepdim=True)


# %% arc | 0 of 3 | divided by the length of all curves together: each polygon has its own length
def arc_code(points):
    sides = (points.roll(-1, dims=1) - points).norm(dim=2)
    return (sides.cumsum(dim=1) - sides) / sides.sum()


# %% arc | 0 of 3 | the angle in place of the length: asked for is the way along the polygon
def arc_code(points):
    turn = torch.atan2(points[..., 1], points[..., 0]) / (2 * math.pi)
    return torch.remainder(turn - turn[:, :1], 1)


# %% arc | 0 of 3 | all sides taken as equally long: the code must follow the lengths
def arc_code(points):
    n = points.shape[1]
    return (torch.arange(n) / n).expand(len(points), n)


# %% arc | 2 of 3 | only the first two coordinates: in space the third one counts as well
def arc_code(points):
    sides = (points.roll(-1, dims=1) - points)[..., :2].norm(dim=2)
    return (sides.cumsum(dim=1) - sides) / sides.sum(dim=1, keepdim=True)


# %% arc | 0 of 3 | the length not divided by the whole: the code is a share
def arc_code(points):
    sides = (points.roll(-1, dims=1) - points).norm(dim=2)
    return sides.cumsum(dim=1) - sides


# %% arc | 0 of 3 | the side before each corner in place of the side after it: from corner 0 the way goes to corner 1
def arc_code(points):
    sides = (points - points.roll(1, dims=1)).norm(dim=2)
    return (sides.cumsum(dim=1) - sides) / sides.sum(dim=1, keepdim=True)


# %% arc | 0 of 3 | the way that is still ahead: the way from corner 0 to the corner is asked for
def arc_code(points):
    sides = (points.roll(-1, dims=1) - points).norm(dim=2)
    ahead = sides.flip(1).cumsum(dim=1).flip(1)
    return torch.remainder(ahead / sides.sum(dim=1, keepdim=True), 1)


# %% arc | 0 of 3 | the straight way from corner 0: add up the sides from each corner to the next
def arc_code(points):
    sides = (points.roll(-1, dims=1) - points).norm(dim=2)
    return (points - points[:, :1]).norm(dim=2) / sides.sum(dim=1, keepdim=True)


# %% arc | 0 of 3 | the sides taken across the batch: the corners of a polygon run along dimension 1
def arc_code(points):
    sides = (points.roll(-1, dims=0) - points).norm(dim=2)
    return (sides.cumsum(dim=1) - sides) / sides.sum(dim=1, keepdim=True)


# %% arc | 1 of 3 | all divided by the first polygon's length: each polygon has its own
def arc_code(points):
    sides = (points.roll(-1, dims=1) - points).norm(dim=2)
    return (sides.cumsum(dim=1) - sides) / sides[0].sum()


# %% close | 2 of 3 | the last point held on the last side: between it and s = 1 the curve goes back to point 0
def decode(z, points):
    n = len(points)
    place = torch.remainder(torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi), 1) * n
    i = place.floor().long() % n
    share = (place - place.floor())[:, None]
    return (1 - share) * points[i] + share * points[(i + 1).clamp(max=n - 1)]


# %% close | 0 of 3 | the points spread from s = 0 to s = 1: point i stands at i / n, so the last one stands before 1
def decode(z, points):
    n = len(points)
    place = torch.remainder(torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi), 1) * (n - 1)
    i = place.floor().long().clamp(max=n - 2)
    share = (place - i)[:, None]
    return (1 - share) * points[i] + share * points[i + 1]


# %% close | 0 of 3 | sine and cosine exchanged: the first number of the code is the cosine, and atan2 takes the sine first
def decode(z, points):
    n = len(points)
    place = torch.remainder(torch.atan2(z[:, 0], z[:, 1]) / (2 * math.pi), 1) * n
    i = place.floor().long() % n
    share = (place - place.floor())[:, None]
    return (1 - share) * points[i] + share * points[(i + 1) % n]


# %% close | 0 of 3 | the point before, without interpolation: answer in proportion between the two neighbours
def decode(z, points):
    n = len(points)
    place = torch.remainder(torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi), 1) * n
    return points[(place + 1e-4).floor().long() % n]


# %% close | 1 of 3 | the angle from the cosine alone: it can't tell the upper half of the turn from the lower one
def decode(z, points):
    n = len(points)
    place = torch.acos((z[:, 0] / z.norm(dim=1)).clamp(-1, 1)) / (2 * math.pi) * n
    i = place.floor().long() % n
    share = (place - place.floor())[:, None]
    return (1 - share) * points[i] + share * points[(i + 1) % n]


# %% close | 1 of 3 | negative angles cut off at 0: a direction below the axis is a place between 1/2 and 1
def decode(z, points):
    n = len(points)
    place = (torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi)).clamp(min=0) * n
    i = place.floor().long() % n
    share = (place - place.floor())[:, None]
    return (1 - share) * points[i] + share * points[(i + 1) % n]


# %% close | 0 of 3 | the shares of the two neighbours exchanged: the nearer point gets the larger share
def decode(z, points):
    n = len(points)
    place = torch.remainder(torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi), 1) * n
    i = place.floor().long() % n
    share = (place - place.floor())[:, None]
    return share * points[i] + (1 - share) * points[(i + 1) % n]


# %% close | 0 of 3 | the code's length multiplied in: only its direction counts
def decode(z, points):
    n = len(points)
    place = torch.remainder(torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi), 1) * n
    i = place.floor().long() % n
    share = (place - place.floor())[:, None]
    return z.norm(dim=1, keepdim=True) * ((1 - share) * points[i] + share * points[(i + 1) % n])


# %% close | 0 of 3 | the nearest point, without interpolation: answer in proportion between the two neighbours
def decode(z, points):
    place = torch.remainder(torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi), 1) * len(points)
    return points[place.add(0.49).floor().long() % len(points)]


# %% close | 0 of 3 | the wrong sense of rotation: a positive second number is a place between 0 and 1/2
def decode(z, points):
    n = len(points)
    place = torch.remainder(torch.atan2(-z[:, 1], z[:, 0]) / (2 * math.pi), 1) * n
    i = place.floor().long() % n
    share = (place - place.floor())[:, None]
    return (1 - share) * points[i] + share * points[(i + 1) % n]


# %% close | 1 of 3 | negative places rounded towards 0: take the remainder first, or round down
def decode(z, points):
    n = len(points)
    place = torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi) * n
    i = place.long()
    share = (place - i)[:, None]
    return (1 - share) * points[i % n] + share * points[(i + 1) % n]


# %% close | 2 of 3 | the last side jumps to point 0: the curve goes there in proportion, as on every other side
def decode(z, points):
    n = len(points)
    place = torch.remainder(torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi), 1) * n
    i = place.floor().long() % n
    share = (place - place.floor())[:, None]
    between = (1 - share) * points[i] + share * points[(i + 1) % n]
    return torch.where((i == n - 1)[:, None], points[0], between)


# %% close | 0 of 3 | half a turn off: s = 0 is the direction (1, 0), where the angle is 0
def decode(z, points):
    n = len(points)
    place = (torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi) + 0.5) * n
    i = place.floor().long() % n
    share = (place - place.floor())[:, None]
    return (1 - share) * points[i] + share * points[(i + 1) % n]
