"""Operations of the content types in the JSON interface (接口操作)."""
