"""What a report says beside the verdicts: the site, its surroundings, the law of the day."""
