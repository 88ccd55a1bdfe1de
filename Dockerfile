FROM python:3.13-slim
RUN useradd --create-home --uid 10001 hotline && install -d -o hotline /data
WORKDIR /hotline
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY app app
COPY migrations migrations
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
USER hotline
VOLUME /data
EXPOSE 8000
CMD ["hotline", "serve"]
