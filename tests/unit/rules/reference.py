"""Civil Code art. 278 and Property Law art. 76 once more, from the statute, for comparison.

Written without the package under test: lists of (heads, area, choice) and cross-multiplication.
"""


def carried_by_art_278(total_heads, total_area, ballots, *, three_quarters):
    """由专有部分面积占比三分之二以上的业主且人数占比三分之二以上的业主参与表决."""
    heads_in = area_in = heads_for = area_for = 0
    for heads, area, choice in ballots:
        heads_in += heads
        area_in += area
        if choice == "for":
            heads_for += heads
            area_for += area
    if heads_in * 3 < total_heads * 2 or area_in * 3 < total_area * 2:
        return False
    if three_quarters:  # 参与表决专有部分面积四分之三以上且参与表决人数四分之三以上的业主同意
        return heads_for * 4 >= heads_in * 3 and area_for * 4 >= area_in * 3
    # 参与表决专有部分面积过半数的业主且参与表决人数过半数的业主同意
    return heads_for * 2 > heads_in and area_for * 2 > area_in


def carried_by_art_76(total_heads, total_area, ballots, *, two_thirds):
    """经专有部分占建筑物总面积过半数的业主且占总人数过半数的业主同意."""
    heads_for = sum(heads for heads, _, choice in ballots if choice == "for")
    area_for = sum(area for _, area, choice in ballots if choice == "for")
    if two_thirds:
        return heads_for * 3 >= total_heads * 2 and area_for * 3 >= total_area * 2
    return heads_for * 2 > total_heads and area_for * 2 > total_area
